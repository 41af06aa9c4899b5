"""Teams: memberships, group chats, weeks, digests, shares and invitations."""
