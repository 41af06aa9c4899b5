"""What comes in: taken in durably, handled in order within a chat and fairly between chats."""
