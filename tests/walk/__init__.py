"""An administrator's walk, from a bare Debian to a challenge that somebody received.

`make test-walk` runs these tests, as root. What is typed is read from docs/installing.md and
docs/operating.md; the tables in the tests hold what an administrator fills in.
"""
