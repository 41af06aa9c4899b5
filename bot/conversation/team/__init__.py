"""Handlers about a team: for its members, its leads, and its group chats."""
