"""What every channel does, told through the client of its own platform."""
