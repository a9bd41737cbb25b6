"""The optional second search engine: a Meilisearch server, its index, and what keeps it true."""
