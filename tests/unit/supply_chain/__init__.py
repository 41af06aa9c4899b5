"""Tests of the tools that say what the program is made of."""
