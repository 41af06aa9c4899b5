"""`make docs`: a website and a manual page, from the pages in docs/ and from the code."""
