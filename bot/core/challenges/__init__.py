"""Challenges: what makes one valid, which one a member gets next, and what their figures show."""
