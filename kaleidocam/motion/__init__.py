"""How the world moved from one frame to the next. OpenCV and NumPy only."""
