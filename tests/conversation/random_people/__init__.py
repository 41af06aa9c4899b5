"""People who do anything at any moment, and what must hold whatever they do."""
