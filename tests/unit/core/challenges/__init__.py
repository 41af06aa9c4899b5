"""The rules about challenges."""
