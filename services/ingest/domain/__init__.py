"""The decisions of ingest: what a post is, who may send it, what the registry allows."""
