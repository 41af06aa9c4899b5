"""Reading challenge sets."""
