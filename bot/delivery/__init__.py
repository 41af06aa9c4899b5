"""What goes out and what comes in: nudges, replies, digests, the inbox, and the daily jobs."""
