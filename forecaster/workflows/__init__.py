"""One short function a command, one file a command: a list of calls that reads as a table of contents."""
