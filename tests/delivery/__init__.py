"""Tests of what goes out: claims, sending, digests, retries."""
