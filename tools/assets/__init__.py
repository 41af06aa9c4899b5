"""The style sheets and the script that the pages take from others."""
