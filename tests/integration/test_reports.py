"""Reports over the real stack: what they say is what the figures say, in every format."""

import csv
import io
import zipfile
from collections.abc import AsyncGenerator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import anyio.to_thread
import httpx
import pytest
from docx import Document

from shared.local_time import local_day, utc_now
from tests.province import Province, open_province
from tests.stack import Stack

pytestmark = pytest.mark.anyio

FORMATS = {
    "json": "application/json",
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@pytest.fixture
async def province(stack: Stack) -> AsyncGenerator[Province]:
    async with open_province(stack) as here:
        yield here


async def report(province: Province, **parameters: str) -> httpx.Response:
    """The report of the unit's last weeks."""
    today = local_day(utc_now())
    asked = {"unit_id": province.unit_id, "from": str(today - timedelta(days=20)), "to": str(today)}
    return await province.http.get("/v1/reports/ratio", params=asked | parameters)


async def reviewed(province: Province, label: str, **fields: Any) -> str:
    """A post that a person has labelled; its id."""
    number = len(province.acknowledged)
    result = (await province.send([province.draft(number, **fields)]))["results"][0]
    await province.counted()
    body = {"label": label, "reason": "Xem lại theo hướng dẫn."}
    path = f"/v1/posts/{result['post_id']}/review"
    (await province.http.post(path, json=body)).raise_for_status()
    return result["post_id"]


@pytest.mark.parametrize("report_format", FORMATS)
async def test_a_report_comes_as_a_file_of_its_format(
    province: Province, report_format: str
) -> None:
    await province.send(province.draft(number) for number in range(5))
    await province.counted()
    answer = await report(province, format=report_format)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].split(";")[0] == FORMATS[report_format]
    assert f'.{report_format}"' in answer.headers["content-disposition"]
    if report_format in ("xlsx", "docx"):
        assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None


async def test_the_report_says_what_the_ratio_says(province: Province) -> None:
    await province.send(province.draft(number) for number in range(12))
    ratio = await province.counted()
    answer = (await report(province, format="json")).json()
    assert answer["total"]["counts"] == ratio["counts"]
    assert [unit["unit_id"] for unit in answer["units"]] == [province.unit_id]
    assert len(answer["posts"]) == ratio["counts"]["tieu_cuc"]
    assert sum(point["counts"]["total"] for point in answer["trend"]) == ratio["counts"]["total"]
    assert answer["models"]


async def test_every_negative_post_is_in_the_table_and_no_cell_is_a_formula(
    province: Province,
) -> None:
    titles = ["=HYPERLINK(1) lừa đảo qua mạng", "+84 số lạ gọi đến lừa đảo", "Cháy nhà ở phường"]
    for title in titles:
        await reviewed(province, "tieu_cuc", title=title)
    content = (await report(province, format="csv")).content
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    cells = {cell for row in rows for cell in row}
    assert {f"'{titles[0]}", f"'{titles[1]}", titles[2]} <= cells


async def test_a_report_as_of_a_moment_stays_what_it_was(province: Province) -> None:
    post_id = await reviewed(province, "tieu_cuc")
    moment = utc_now().isoformat()
    before = (await report(province, as_of=moment)).json()
    assert before["total"]["counts"]["tieu_cuc"] == 1
    (await province.http.delete(f"/v1/posts/{post_id}")).raise_for_status()
    after = (await report(province, as_of=moment)).json()
    assert (after["total"]["counts"], len(after["posts"])) == (before["total"]["counts"], 1)
    now = (await report(province)).json()
    assert (now["total"]["counts"]["total"], now["posts"]) == (0, [])


async def test_a_report_without_posts_is_a_report(province: Province) -> None:
    for report_format in FORMATS:
        assert (await report(province, format=report_format)).status_code == 200
    assert (await report(province)).json()["total"]["negative_share"] is None


def edit(template: Path, text: str) -> None:
    """As somebody does in Word."""
    own = Document()
    own.add_paragraph(text)
    own.save(str(template))


async def test_a_template_that_is_spoiled_meanwhile_is_told_until_it_is_mended(
    stack: Stack, province: Province, tmp_path: Path
) -> None:
    template, path = tmp_path / "mau.docx", f"/v1/reports/ratio?unit_id={province.unit_id}"
    edit(template, "{{ window }}")
    start = partial(stack.start_second, "ratio", CANDOI_RATIO_REPORT_TEMPLATE=str(template))
    url = await anyio.to_thread.run_sync(start)
    try:
        async with httpx.AsyncClient(base_url=url, trust_env=False) as ratio:
            assert (await ratio.get(f"{path}&format=docx")).status_code == 200
            edit(template, "{{ windoww }}")
            bad = await ratio.get(f"{path}&format=docx")
            other = await ratio.get(f"{path}&format=csv")
            edit(template, "{{ window }}.")
            mended = await ratio.get(f"{path}&format=docx")
    finally:
        await anyio.to_thread.run_sync(stack.kill, "ratio-2")
    assert (bad.status_code, bad.json()["code"]) == (500, "report-template-invalid")
    assert bad.headers["content-type"] == "application/problem+json"
    assert "mau.docx có lỗi: 'windoww' is undefined." in bad.json()["detail"]
    assert (other.status_code, mended.status_code) == (200, 200)
    told = [line for line in stack.running.log("ratio-2") if "report_template_invalid" in line]
    assert len(told) == 1
    assert "Traceback" not in "".join(stack.running.log("ratio-2"))
