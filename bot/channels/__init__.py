"""The platforms people chat on, a folder each, behind one small protocol."""
