"""HTTP in: the report of a window, in the form that the office sends on."""

import asyncio
from collections.abc import Awaitable, Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Annotated

import structlog
from asyncpg import Record as Row
from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from services.ratio import reports
from services.ratio.domain.report import Report
from services.ratio.reporting import NegativePosts, gather, negative_posts
from services.ratio.reports import ReportFormat
from services.ratio.reports.docx import TemplateInvalid
from services.ratio.routes import (
    CacheDep,
    PoolDep,
    SettingsDep,
    UnitsDep,
    WholeProvinceOnly,
    must_see,
)
from services.ratio.routes.windows import KnownAtDep, PartsDep, WindowDep
from services.ratio.view import Scope, open_view
from shared.problems import Refusal

log = structlog.get_logger()

router = APIRouter(prefix="/v1/reports", tags=["reports"])


class ReportTemplateInvalid(Refusal):
    """The office's own Word file, which may be edited at any time, makes no report now."""

    http_status, slug, title = 500, "report-template-invalid", "Mẫu báo cáo bị lỗi"


@router.get("/ratio", summary="Báo cáo của một kỳ")
async def get_report(
    pool: PoolDep,
    cache: CacheDep,
    settings: SettingsDep,
    units: UnitsDep,
    window: WindowDep,
    known_at: KnownAtDep,
    parts: PartsDep,
    unit_id: str | None = None,
    report_format: Annotated[ReportFormat, Query(alias="format")] = "json",
) -> StreamingResponse:
    """A unit's, its branch's, or the province's; written while it is sent."""
    scope = Scope(unit_id, "children" in parts, "predecessors" in parts)
    async with open_view(pool, cache, known_at) as view:
        if unit_id is not None:
            must_see(view.registry, unit_id, units)
        elif units is not None:
            raise WholeProvinceOnly("Khóa này chỉ xem được một số đơn vị: hãy thêm unit_id.")
        report = await gather(view, scope, window, settings)
        behind = negative_posts(pool, view, scope, window)
    name = reports.file_name(report, report_format)
    chunks = _chunks(
        report, behind, report_format, asyncio.get_running_loop(), settings.report_template
    )
    return StreamingResponse(
        await _begun(chunks),
        media_type=reports.MEDIA_TYPES[report_format],
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


async def _begun(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same, the first one made: what fails until then can still be answered as a problem."""
    try:
        first = await run_in_threadpool(next, chunks, b"")
    except TemplateInvalid as error:
        log.error("report_template_invalid", template=str(error.template), fault=error.fault)
        raise ReportTemplateInvalid(
            f"Mẫu Word {error.template.name} có lỗi: {error.fault}. Hãy báo trung tâm sửa mẫu; "
            "các định dạng khác (json, csv, xlsx) vẫn lấy được."
        ) from error
    return chain([first], chunks)


def _chunks(
    report: Report,
    behind: NegativePosts,
    report_format: ReportFormat,
    loop: asyncio.AbstractEventLoop,
    template: Path | None,
) -> Iterator[bytes]:
    """Runs in a thread: writing a large table is work, and the pages come from the loop."""

    async def page(rows: Awaitable[list[Row]]) -> list[Row]:
        return await rows

    def wait(rows: Awaitable[list[Row]]) -> list[Row]:
        return asyncio.run_coroutine_threadsafe(page(rows), loop).result()

    return reports.render(replace(report, posts=behind.read(wait)), report_format, template)
