"""The performance: a live source dreamed on two clocks."""
