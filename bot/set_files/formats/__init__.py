"""The formats of files: CSV, YAML, and the sheets of office programs."""
