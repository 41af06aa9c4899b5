"""The week's message to a team's group chats."""
