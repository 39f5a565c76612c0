"""Pictures shared with other programs while they run: by NDI, Spout, Syphon."""
