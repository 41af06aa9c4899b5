"""Which members are due, and sending what they get."""
