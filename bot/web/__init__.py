"""The HTTP port, for whoever watches over the process."""
