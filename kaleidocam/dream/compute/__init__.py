"""What computes: frameworks behind one contract, and the pictures' own operations."""
