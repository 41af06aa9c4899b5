"""Teams: who belongs, their weeks, digests, shared stories and invitations."""
