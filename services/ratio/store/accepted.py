"""The newest accepted revision of each post: what lists show, search finds, and pending means.

In: posts as the log has them. Out: rows without the text.
"""

from collections.abc import Sequence

from services.ratio.domain.near_copies import fingerprint
from services.ratio.domain.search import index_words
from shared.contracts import Post
from shared.postgres import Connection

TITLE_CHARACTERS = 160

# A title that was taken down stays down, whatever is read again or comes later. Of a post without
# a platform's id the id is its address, which goes with it.
PUT = """
    INSERT INTO posts
        (post_id, received_at, revision, channel_id, external_id, url, title,
         published_at, local_day, action, format, fingerprint, search, redacted_at)
    SELECT n.post_id, n.received_at, n.revision, n.channel_id,
        CASE WHEN r.known_from IS NULL OR n.external_id !~ '://' THEN n.external_id END,
        CASE WHEN r.known_from IS NULL THEN n.url END,
        CASE WHEN r.known_from IS NULL THEN n.title END,
        n.published_at, n.local_day, n.action, n.format, n.fingerprint,
        CASE WHEN r.known_from IS NULL THEN to_tsvector('simple', n.words) END, r.known_from
    FROM unnest(
        $1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[],
        $8::timestamptz[], $9::date[], $10::text[], $11::text[], $12::bigint[], $13::text[])
        AS n (post_id, received_at, revision, channel_id, external_id, url, title, published_at,
            local_day, action, format, fingerprint, words)
    LEFT JOIN LATERAL (
        SELECT known_from FROM acts WHERE kind = 'redaction' AND subject = n.post_id::text LIMIT 1
    ) AS r ON true
    ON CONFLICT (post_id) DO UPDATE SET
        received_at = excluded.received_at, revision = excluded.revision,
        channel_id = excluded.channel_id, external_id = excluded.external_id,
        url = excluded.url, title = excluded.title, published_at = excluded.published_at,
        local_day = excluded.local_day, action = excluded.action, format = excluded.format,
        fingerprint = excluded.fingerprint, search = excluded.search,
        redacted_at = excluded.redacted_at"""


async def put_posts(connection: Connection, posts: Sequence[Post]) -> None:
    """Write the newest revision of each post."""
    titles = [post.title or _beginning(post.text) for post in posts]
    await connection.execute(
        PUT,
        [post.post_id for post in posts],
        [post.received_at for post in posts],
        [post.revision for post in posts],
        [post.channel_id for post in posts],
        [post.external_id for post in posts],
        [post.url for post in posts],
        titles,
        [post.published_at for post in posts],
        [post.local_day for post in posts],
        [post.action for post in posts],
        [post.format for post in posts],
        [fingerprint(post.title, post.text) for post in posts],
        [index_words(title or "") for title in titles],
    )


def _beginning(text: str | None) -> str | None:
    """What a list shows of a caption: without a title, nobody could tell which post is meant."""
    if text is None:
        return None
    line = " ".join(text[: 10 * TITLE_CHARACTERS].split())
    return line if len(line) <= TITLE_CHARACTERS else f"{line[: TITLE_CHARACTERS - 1].rstrip()}…"
