"""Linking: the other chats of a member, and the browsers and accounts that belong to them."""
