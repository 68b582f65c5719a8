-- migrate:up

-- For the exclusion of overlapping channels: equality of texts inside a GiST index.
CREATE EXTENSION IF NOT EXISTS btree_gist;

CREATE TABLE ingest.units (
    unit_id text PRIMARY KEY,
    name text NOT NULL,
    kind text NOT NULL,
    org_code text,
    parent_id text REFERENCES ingest.units (unit_id),
    valid_from date NOT NULL,
    valid_to date CHECK (valid_to >= valid_from),
    -- No reference: mergers are registered in any order.
    succeeded_by text CHECK (succeeded_by <> unit_id),
    version bigint NOT NULL,
    -- What the log has; the unit is sent again while `version` is ahead.
    published_version bigint NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL
);
CREATE INDEX units_of_parent ON ingest.units (parent_id);
CREATE INDEX units_due ON ingest.units (version) WHERE version > published_version;

-- A channel may move between units, one after the other: never two on the same day.
CREATE TABLE ingest.channels (
    unit_id text NOT NULL REFERENCES ingest.units (unit_id),
    channel_id text NOT NULL,
    platform text NOT NULL,
    url text NOT NULL,
    valid_from date NOT NULL,
    valid_to date CHECK (valid_to >= valid_from),
    PRIMARY KEY (unit_id, channel_id),
    CONSTRAINT one_owner_a_day EXCLUDE USING gist (
        channel_id WITH =, daterange(valid_from, valid_to, '[]') WITH &&
    )
);

-- What the log has acknowledged of each post, so that a repetition can be answered without
-- sending it again. Only a memory: without it, a repetition is sent once more, which is harmless.
CREATE TABLE ingest.acknowledged (
    post_id uuid PRIMARY KEY,
    -- The latest `received_at` that was ever given out. While it is ahead of `received_at`, the
    -- log may hold something later than `revision`.
    intended_at timestamptz NOT NULL,
    received_at timestamptz,
    revision text
);

-- Which topics the memories above are about: the cluster's ids change when a topic is made anew.
CREATE TABLE ingest.topics (
    kafka_topic text PRIMARY KEY,
    topic_id uuid NOT NULL
);

-- Ahead of the last version and of the clock, so that versions go on growing even when this
-- schema was dropped and filled again.
CREATE FUNCTION ingest.version_after(version bigint) RETURNS bigint LANGUAGE sql VOLATILE AS $$
    SELECT greatest(version + 1, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
$$;

-- migrate:down
