"""Everything that touches SQL, and the vault that reflections go through."""
