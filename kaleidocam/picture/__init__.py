"""The life of a frame between source and sink, and the layer that it carries."""
