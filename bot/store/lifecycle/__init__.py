"""Operations on a whole member: export, erasure, linking, merging, leaving a team."""
