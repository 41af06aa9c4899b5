"""Handlers for everybody who takes part."""
