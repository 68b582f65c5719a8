"""HTTP in: titles and addresses that must not be shown any more, log first."""

from uuid import UUID, uuid5

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from services.ratio.routes import CacheDep, ClientDep, PoolDep, SenderDep, UnitsDep
from services.ratio.routes.posts import etag_of, json_answer, post_answer, visible_row
from services.ratio.view import open_view
from shared.contracts import ID_NAMESPACE, Redaction
from shared.local_time import utc_now
from shared.topics import ACTS
from shared.tracing import trace_headers

router = APIRouter(prefix="/v1/posts/{post_id}", tags=["posts"])


class RedactionDraft(BaseModel):
    """Why a title is taken down."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(
        min_length=1, max_length=2_000, examples=["Tiêu đề nêu tên và nơi ở của một trẻ em."]
    )


@router.post("/redaction", summary="Ẩn tiêu đề và địa chỉ của một tin")
async def redact_post(
    post_id: UUID,
    draft: RedactionDraft,
    pool: PoolDep,
    cache: CacheDep,
    sender: SenderDep,
    units: UnitsDep,
    client: ClientDep,
) -> Response:
    """The post counts on; its title and address are in no answer and no search any more, whatever
    is accepted of it later. Asking again changes nothing."""
    applied = True
    async with open_view(pool, cache) as view:
        row = await visible_row(view.connection, view.registry, post_id, units)
    if row["redacted_at"] is None:
        redaction = _redaction(row["post_id"], draft, client)
        applied = await sender.send(ACTS.outgoing(redaction, trace_headers()))
    async with open_view(pool, cache) as view:
        row = await visible_row(view.connection, view.registry, post_id, units)
        post = await post_answer(view.connection, view.registry, row)
    return json_answer({"post": post}, 200 if applied else 202, {"ETag": etag_of(row)})


def _redaction(post_id: UUID, draft: RedactionDraft, client: str) -> Redaction:
    return Redaction(
        # One for each post: of two that are asked for at once, the first in the log is kept.
        redaction_id=uuid5(ID_NAMESPACE, f"redaction\n{post_id}"),
        post_id=post_id,
        redacted_by=client,
        redacted_at=utc_now(),
        reason=draft.reason,
    )
