"""The way out of what was decided: kept as a row, and sent until it arrives."""
