"""Changes to the directory, by name of what is done."""
