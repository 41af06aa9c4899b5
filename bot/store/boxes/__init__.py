"""What waits: to be handled after it came in, or to be sent."""
