"""A year of two hundred simulated people, in the real store: `python -m tools.year`."""
