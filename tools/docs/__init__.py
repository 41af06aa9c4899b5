"""What draws the pictures in the documentation."""
