"""What an operator does with a whole database: back up, restore, copy."""
