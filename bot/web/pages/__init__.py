"""The pages: what does not fit in a chat, in a browser, for whoever signed in from their chat."""
