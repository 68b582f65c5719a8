"""SQL of the gateway: clients, and answers kept for idempotency keys."""
