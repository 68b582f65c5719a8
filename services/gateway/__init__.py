"""The gateway: the one public API of candoi."""
