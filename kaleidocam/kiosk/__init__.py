"""A performance that stands for weeks: kept running, watched from outside, begun with the machine."""
