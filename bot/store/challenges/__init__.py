"""Challenge sets: versions, what is live for whom, selection, programmes, statistics."""
