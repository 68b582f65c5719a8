"""All SQL of the ratio service; its schema is `ratio`."""
