"""Finding help: words and needs, near a place, in two languages, on PostgreSQL."""
