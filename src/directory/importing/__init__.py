"""From a feed to the directory: adapters, the quality gate, staging and merge, the report."""
