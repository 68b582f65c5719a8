"""Decisions of the gateway: pure functions and values, no I/O."""
