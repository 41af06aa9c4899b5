"""The HTTP port: health, metrics, and what platforms deliver."""
