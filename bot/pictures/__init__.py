"""Pictures as PNG bytes; what they show is also said in words, by whoever sends them."""
