"""Measurements, each as a ratio against a baseline in the same run."""

import warnings

# The package that brings PostgreSQL asks for it when it is loaded, and does without.
warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
