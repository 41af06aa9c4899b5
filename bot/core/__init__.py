"""The rules: pure functions and frozen values. No I/O, no clock; time comes in as an argument."""
