"""What `train` publishes: versions of a run, found again by name or by the table that they were trained on."""
