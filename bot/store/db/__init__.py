"""The database itself: engine, transactions, locks, column types, migrations."""
