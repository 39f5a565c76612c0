"""The film studio: films planned, rendered in pieces that survive whatever ends them, and joined; and their scores."""
