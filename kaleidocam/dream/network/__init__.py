"""The network: its table of nodes, its weights, its gradient."""
