"""The platforms people chat on, one file each, behind one small protocol."""
