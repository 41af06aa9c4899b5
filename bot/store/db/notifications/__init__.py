"""Notifications: what a transaction tells the rest of this program and other replicas."""
