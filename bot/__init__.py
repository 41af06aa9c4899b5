"""Olievlek: a chatbot that trains civil servants in the habits of government participation."""
