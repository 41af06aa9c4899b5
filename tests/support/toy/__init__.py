"""A channel from outside the program: `registry.register("tests.support.toy")` adds it."""
