"""The frameworks that can compute the network, each behind the same contract (`base`)."""
