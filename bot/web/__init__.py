"""The HTTP port: pages, the conversation in a browser, health, metrics and webhooks."""
