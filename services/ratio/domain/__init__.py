"""Decisions of the ratio service: pure functions over frozen values, no I/O."""
