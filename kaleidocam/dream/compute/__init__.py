"""Computing: the frameworks behind one contract, and the operations on pictures."""
