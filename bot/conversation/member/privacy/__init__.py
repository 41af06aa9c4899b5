"""Privacy: what is kept of a member, a copy of it, erasing it, and what to do without its key."""
