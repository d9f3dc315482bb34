"""What the promises of unattended use rest on, measured in full; their short forms are tests."""
