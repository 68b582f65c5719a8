"""The shapes of the public API, for its documentation; the services check what is sent."""
