"""The conversation: its page, its messages, and what somebody does there."""
