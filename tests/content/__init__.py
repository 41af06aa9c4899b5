"""Tests of the challenges that come along, and of the page that accounts for them."""
