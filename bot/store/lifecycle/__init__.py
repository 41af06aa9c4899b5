"""What happens to a whole member: export, linking two chats, leaving a team."""
