"""What tests, benchmarks and documentation tools share."""
