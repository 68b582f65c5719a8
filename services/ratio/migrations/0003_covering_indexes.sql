-- migrate:up

-- The counts lie in the index itself, the days of a channel side by side: a year of a unit is read
-- from a few dozen pages, however many posts and channels the table has.
ALTER TABLE ratio.buckets
    DROP CONSTRAINT buckets_channel_id_local_day_action_format_label_topic_key,
    ADD CONSTRAINT buckets_channel_id_local_day_action_format_label_topic_key
        UNIQUE NULLS NOT DISTINCT (channel_id, local_day, action, format, label, topic)
        INCLUDE (posts, needs_review);

-- So does all that a list of posts may be filtered by: what does not match is never fetched.
DROP INDEX ratio.ledger_of_channel;
CREATE INDEX ledger_of_channel ON ratio.ledger (channel_id, published_at DESC, post_id DESC)
    INCLUDE (label, topic, action, format, needs_review, withdrawn_at);

-- migrate:down
