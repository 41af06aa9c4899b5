"""The Bot API: the client of the library, over connections of ours, and what its errors mean."""
