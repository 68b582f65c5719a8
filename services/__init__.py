"""The four services; each imports itself and `shared`, never another service."""
