-- migrate:up

-- The answer's headers beside its media type: {"etag": ...}. Always read and written whole.
ALTER TABLE gateway.idempotency ADD COLUMN headers jsonb NOT NULL DEFAULT '{}';

-- migrate:down
