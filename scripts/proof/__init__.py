"""How good the dream is, measured: the clips, the ways to dream a film, the metrics and the report of compare.py."""
