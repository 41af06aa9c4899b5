"""The rules about moments and days."""
