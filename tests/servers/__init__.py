"""Servers on loopback that stand in for the services the bot talks to."""
