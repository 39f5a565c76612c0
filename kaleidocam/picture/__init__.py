"""The processing of a frame between source and sink, and its dream layer."""
