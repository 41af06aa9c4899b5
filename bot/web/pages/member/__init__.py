"""The pages of a member: their rounds, diary, rhythm and what is kept about them."""
