"""Nudges and what hangs on them: receipts, pending choices, shown menus."""
