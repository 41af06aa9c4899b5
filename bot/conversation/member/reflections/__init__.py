"""Reflections: what members wrote and built up, and what they read of it later."""
