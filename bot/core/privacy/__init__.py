"""Privacy: how long things are kept, how often a code may be guessed, and noise for figures."""
