"""`olievlek sets`: files of challenges, what is published of them, and programmes."""
