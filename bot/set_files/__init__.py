"""Reading challenge sets from files, and telling what is wrong with them."""
