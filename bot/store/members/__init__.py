"""Members: their addresses, rhythm, absences, roles, and reflections with the keys to them."""
