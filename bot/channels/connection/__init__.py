"""The connection to a platform: its proxy, its pace, and trying again."""
