"""The frameworks that the network can be computed by, each behind the same contract (`base`)."""
