"""Events: from what Matrix reports to what the program knows, and back."""
