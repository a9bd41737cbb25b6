"""What pages and commands ask of the directory besides searching."""
