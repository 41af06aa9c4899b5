"""The client: matrix-nio's, logged in as the bot's device, its calls and its stream of events."""
