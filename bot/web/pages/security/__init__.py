"""Security: what every answer carries, what is refused, and where to report a vulnerability."""
