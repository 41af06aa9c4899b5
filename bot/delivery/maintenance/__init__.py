"""Maintenance: deleting what is too old, and backups. Of several replicas one does it."""
