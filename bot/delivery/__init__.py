"""Everything that is sent: replies, nudges and digests; who gets what, and that it comes once."""
