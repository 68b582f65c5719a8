"""How Cân Đối gets onto machines: onto one (`local/`) or many (the manifests beside it)."""
