"""Tests of reading challenge sets."""
