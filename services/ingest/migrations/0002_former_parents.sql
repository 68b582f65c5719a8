-- migrate:up

-- The units that stood above before `parent_id` did: [{"parent_id": ..., "valid_to": ...}], oldest
-- first. Always read and written whole, with the row.
ALTER TABLE ingest.units ADD COLUMN former_parents jsonb NOT NULL DEFAULT '[]';

-- migrate:down
