"""What the `handback` command does, a file a slice."""
