"""What bench.py measures: one module for each side of the product, one function for each part."""
