"""The rules about privacy."""
