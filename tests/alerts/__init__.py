"""Each alert, provoked in the real program before a real Prometheus; `make test-alerts`."""
