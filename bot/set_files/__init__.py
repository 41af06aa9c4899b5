"""Reads challenge sets from files, and says what is wrong with them."""
