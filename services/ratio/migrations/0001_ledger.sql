-- migrate:up

-- Where each partition goes on. Moved in the transaction that applies the records, so that no
-- crash can count a batch twice or not at all.
CREATE TABLE ratio.consumed (
    kafka_topic text NOT NULL,
    partition integer NOT NULL,
    -- The cluster's id of the topic: offsets of a topic that was made anew mean other records.
    topic_id uuid NOT NULL,
    next_offset bigint NOT NULL CHECK (next_offset >= 0),
    PRIMARY KEY (kafka_topic, partition)
);

-- Every verdict, review and withdrawal, once, as the log has it. Only ever added to.
CREATE TABLE ratio.history (
    post_id uuid NOT NULL,
    record_id uuid NOT NULL,
    -- Tells apart verdicts on a revision that was accepted more than once; a withdrawal's date.
    record_at timestamptz NOT NULL,
    logged_at timestamptz NOT NULL,
    record json NOT NULL,
    PRIMARY KEY (post_id, record_id, record_at)
);

-- The newest accepted revision of each post: what lists show, and what is pending.
CREATE TABLE ratio.posts (
    post_id uuid PRIMARY KEY,
    received_at timestamptz NOT NULL,
    revision text NOT NULL,
    channel_id text NOT NULL,
    external_id text NOT NULL,
    url text,
    title text,
    published_at timestamptz NOT NULL,
    local_day date NOT NULL,
    action text NOT NULL,
    format text NOT NULL
);

-- What stands for each post. A function of history and posts alone.
CREATE TABLE ratio.ledger (
    post_id uuid PRIMARY KEY,
    channel_id text NOT NULL,
    -- Of the judged revision, or of the newest accepted one while none is judged.
    published_at timestamptz,
    local_day date,
    action text,
    format text,
    revision text,
    received_at timestamptz,
    label text,
    topic text,
    confidence double precision,
    needs_review boolean NOT NULL,
    by_reviewer boolean NOT NULL,
    decided_by text,
    decided_at timestamptz,
    withdrawn_at timestamptz,
    pending boolean NOT NULL,
    -- Where a pending revision counts, which may be another day than the judged one.
    pending_day date,
    pending_action text,
    pending_format text
);
CREATE INDEX ledger_of_channel ON ratio.ledger (channel_id, published_at DESC, post_id DESC);
CREATE INDEX ledger_in_time ON ratio.ledger (published_at DESC, post_id DESC);

-- Posts a day; label is null for revisions that are not judged yet.
CREATE TABLE ratio.buckets (
    channel_id text NOT NULL,
    local_day date NOT NULL,
    action text NOT NULL,
    format text NOT NULL,
    label text,
    topic text,
    posts integer NOT NULL CHECK (posts >= 0),
    needs_review integer NOT NULL CHECK (needs_review >= 0),
    UNIQUE NULLS NOT DISTINCT (channel_id, local_day, action, format, label, topic)
);

-- The registry as `candoi.units.v1` says it, and which snapshots are still to be sent.
CREATE TABLE ratio.units (
    unit_id text PRIMARY KEY,
    name text NOT NULL,
    kind text NOT NULL,
    parent_id text,
    registry_version bigint NOT NULL,
    -- Grows with each change of the unit's figures; a snapshot is due while it is ahead.
    version bigint NOT NULL,
    sent_version bigint NOT NULL DEFAULT 0
);
CREATE INDEX units_due ON ratio.units (unit_id) WHERE version > sent_version;
CREATE INDEX units_of_parent ON ratio.units (parent_id);

CREATE TABLE ratio.channels (
    channel_id text NOT NULL,
    unit_id text NOT NULL,
    platform text NOT NULL,
    url text NOT NULL,
    valid_from date NOT NULL,
    valid_to date NOT NULL,
    PRIMARY KEY (unit_id, channel_id, valid_from)
);
CREATE INDEX channels_by_id ON ratio.channels (channel_id);

-- Ahead of the last version and of the clock, so that versions go on growing even when this
-- schema was dropped and filled again from the log.
CREATE FUNCTION ratio.version_after(version bigint) RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT greatest(version + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
$$;

-- migrate:down
