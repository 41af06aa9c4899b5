"""Pictures as PNG bytes; who sends one sends what it shows in words too."""
