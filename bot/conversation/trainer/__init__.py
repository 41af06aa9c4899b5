"""Handlers for trainers: their sets, and publishing one."""
