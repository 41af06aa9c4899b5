"""Operations on a whole database: back up, restore, copy."""
