"""The style sheets that the pages take from others."""
