"""The decisions of classify: what the model reads, in which batches, and what its figures mean."""
