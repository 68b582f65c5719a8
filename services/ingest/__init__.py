"""The ingest service: posts in, checked against the registry of units, into the log."""
