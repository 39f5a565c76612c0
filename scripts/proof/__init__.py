"""The comparison of compare.py: its clips, the methods of dreaming a film, the metrics and the report."""
