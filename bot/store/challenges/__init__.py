"""Challenge sets: versions, publications, drafts, selection, programmes, statistics."""
