"""The film studio: it plans films, renders them in pieces that survive interruption, joins them, and reads scores."""
