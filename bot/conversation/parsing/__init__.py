"""Days, times, dates and rhythms as people type them."""
