"""The command line: it reads the arguments, then makes one call."""
