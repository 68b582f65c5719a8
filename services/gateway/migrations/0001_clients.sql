-- migrate:up

-- Who may call. The key itself is never stored: 256 random bits need no slow hash, and SHA-256
-- of it cannot be turned back.
CREATE TABLE gateway.clients (
    client_id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    name text NOT NULL,
    key_sha256 bytea NOT NULL UNIQUE,
    key_tail text NOT NULL,
    scopes text[] NOT NULL,
    -- Null: every unit. Else these and the units under them.
    unit_ids text[],
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz
);

-- What was answered under an idempotency key; `http_status` is null while the call runs.
CREATE TABLE gateway.idempotency (
    client_id uuid NOT NULL,
    method text NOT NULL,
    path text NOT NULL,
    idempotency_key text NOT NULL,
    body_sha256 bytea NOT NULL,
    started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    http_status integer,
    media_type text,
    body bytea,
    PRIMARY KEY (client_id, method, path, idempotency_key)
);
CREATE INDEX idempotency_by_age ON gateway.idempotency (started_at);

-- migrate:down
