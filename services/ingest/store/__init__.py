"""All SQL of the ingest service."""
