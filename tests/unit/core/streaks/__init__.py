"""The rules about rounds, and what follows from them."""
