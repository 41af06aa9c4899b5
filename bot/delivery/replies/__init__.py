"""Answering what somebody did."""
