-- migrate:up

-- The record as the log has it, read by Python alone: no need to have its JSON checked again.
ALTER TABLE ratio.history ALTER COLUMN record TYPE text;

-- Since when what stands is known, by the log's clock; the standing decision's id.
ALTER TABLE ratio.ledger
    ADD COLUMN known_from timestamptz,
    ADD COLUMN decision_id uuid,
    ADD COLUMN pending_since timestamptz;
-- Of entries that were written before this migration, the best guess; a rebuild makes them exact.
UPDATE ratio.ledger AS l SET
    known_from = (SELECT max(logged_at) FROM ratio.history AS h WHERE h.post_id = l.post_id),
    decision_id = (
        SELECT record_id FROM ratio.history AS h
        WHERE h.post_id = l.post_id AND h.record::json ->> 'decided_at' IS NOT NULL
            AND (h.record::json ->> 'decided_at')::timestamptz = l.decided_at
        LIMIT 1),
    pending_since = CASE WHEN pending THEN received_at END;

CREATE INDEX ledger_pending ON ratio.ledger (channel_id) WHERE pending;

-- What stood before: with the ledger, every moment's state can be asked for.
CREATE TABLE ratio.ledger_past (LIKE ratio.ledger, known_to timestamptz NOT NULL);
ALTER TABLE ratio.ledger_past ALTER COLUMN known_from SET NOT NULL;
CREATE INDEX ledger_past_of_post ON ratio.ledger_past (post_id, known_from);
CREATE INDEX ledger_past_of_channel ON ratio.ledger_past (channel_id, published_at);

ALTER TABLE ratio.posts
    -- Null once an address that served as id was taken down with the title.
    ALTER COLUMN external_id DROP NOT NULL,
    -- Near-copies have nearly the same bits; null for what was accepted before this migration.
    ADD COLUMN fingerprint bigint,
    ADD COLUMN search tsvector,
    ADD COLUMN redacted_at timestamptz;
CREATE INDEX posts_by_word ON ratio.posts USING gin (search);

-- Whole records, so that the registry can be read as it was known at any moment. The topic is
-- compacted: what it has is read once more.
CREATE TABLE ratio.unit_versions (
    unit_id text NOT NULL,
    registry_version bigint NOT NULL,
    known_from timestamptz NOT NULL,
    record text NOT NULL,
    PRIMARY KEY (unit_id, registry_version)
);
DELETE FROM ratio.consumed WHERE kafka_topic = 'candoi.units.v1';
UPDATE ratio.units SET registry_version = 0;
DROP INDEX ratio.units_of_parent;
ALTER TABLE ratio.units
    DROP COLUMN parent_id, DROP COLUMN name, DROP COLUMN kind,
    ADD COLUMN known_from timestamptz NOT NULL DEFAULT now();
ALTER TABLE ratio.units ALTER COLUMN known_from DROP DEFAULT;

-- What the centre has decided: every record once. The latest of a subject holds.
CREATE TABLE ratio.acts (
    act_id uuid PRIMARY KEY,
    kind text NOT NULL,
    subject text NOT NULL,
    known_from timestamptz NOT NULL,
    record text NOT NULL
);
CREATE INDEX acts_of_kind ON ratio.acts (kind, subject, known_from DESC);

CREATE TABLE ratio.alerts (
    alert_id uuid PRIMARY KEY,
    unit_id text NOT NULL,
    window_name text NOT NULL,
    first_day date NOT NULL,
    status text NOT NULL,
    raised_at timestamptz NOT NULL,
    record text NOT NULL
);
CREATE INDEX alerts_in_time ON ratio.alerts (raised_at DESC, alert_id DESC);
CREATE INDEX alerts_of_unit ON ratio.alerts (unit_id, window_name, raised_at DESC);

CREATE TABLE ratio.acknowledgements (
    alert_id uuid PRIMARY KEY,
    acknowledged_at timestamptz NOT NULL,
    record text NOT NULL
);

-- migrate:down
