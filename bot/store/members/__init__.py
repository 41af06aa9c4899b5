"""Members: where they can be reached, their roles, and what they wrote, sealed."""
