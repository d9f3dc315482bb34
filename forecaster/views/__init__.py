"""What is looked at: pictures. Every one is drawn from plain arrays, with Agg, without a screen or global state."""
