"""Nudges: a challenge, the answers to it, and what decides which one comes."""
