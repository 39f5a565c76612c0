"""The measurements of bench.py: one module per side of the product, one function per part."""
