"""Rendering: templates, the look of an organisation, and the files that a page loads."""
