"""Lighthouse on the pages (`make lighthouse`); its figures depend on the machine."""
