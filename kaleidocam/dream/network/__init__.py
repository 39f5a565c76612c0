"""The network: its table, its weights, its gradient."""
