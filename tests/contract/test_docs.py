"""Nothing undocumented: problems, settings, metrics; and no page that leads nowhere."""

import json
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from prometheus_client import Counter, Gauge, Histogram
from pydantic_settings import BaseSettings

import deploy
from docs.generate.settings import variable
from services.ingest.domain.drafts import PostDraft
from services.ingest.domain.post import identify
from services.ratio.domain.closing import CountedPost, Digest
from shared import metrics
from tests.builders import NOON, a_verdict
from tests.contract.document import BY_NAME, PROBLEM, as_sent, check, check_whole, schema_of
from tests.contract.refusals import MODULES, REFUSALS, modules, subclasses
from tests.contract.sources import ROOT, pages

DOCS = ROOT / "docs"
GUIDE = DOCS / "integrate.md"
PROBLEM_PAGES = sorted((DOCS / "problems").glob("*.md"))
HEADINGS = ["## Điều gì đã xảy ra", "## Cách sửa", "## Ví dụ"]
METRICS = [one for one in vars(metrics).values() if isinstance(one, Counter | Gauge | Histogram)]
# Where the project's own files begin, as they are named in its pages.
FOLDERS = "services|shared|tests|deploy|docs|training|models|demo|benchmarks"

each_page = pytest.mark.parametrize(
    "page", list(pages()), ids=lambda page: page.relative_to(ROOT).as_posix()
)


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose(page: Path) -> str:
    """The page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", text_of(page), flags=re.DOTALL | re.MULTILINE)


def test_every_problem_has_a_page_and_every_page_a_problem() -> None:
    assert MODULES
    assert {page.stem for page in PROBLEM_PAGES} == {refusal.slug for refusal in REFUSALS}


@pytest.mark.parametrize("page", PROBLEM_PAGES, ids=lambda page: page.stem)
def test_a_problem_page_says_what_happened_how_to_mend_it_and_shows_it(page: Path) -> None:
    lines = text_of(page).splitlines()
    titles = {refusal.title for refusal in REFUSALS if refusal.slug == page.stem}
    assert lines[0].removeprefix("# ") in titles
    assert lines[2] == f"`{page.stem}`"
    assert [line for line in lines if line.startswith("## ")] == HEADINGS
    assert lines.count("```") == 2


def test_the_page_of_words_is_of_the_model_that_is_shipped() -> None:
    """Else run `python -m docs.words`."""
    bundle = json.loads(text_of(ROOT / "models" / "default" / "bundle.json"))
    page = text_of(DOCS / "words.md")
    assert f"`{bundle['name']}@{bundle['version']}`" in page
    assert len(re.findall(r"^\| .*`(?:tich_cuc|trung_tinh|tieu_cuc)`", page, re.MULTILINE)) == 10


def blocks(page: Path, language: str) -> list[str]:
    """The page's blocks of code in a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text_of(page), re.DOTALL | re.MULTILINE)


def test_the_post_of_the_guide_gets_the_ids_that_the_guide_shows() -> None:
    command, answer = blocks(GUIDE, "sh")[2], json.loads(blocks(GUIDE, "json")[1])
    (body,) = re.findall(r"-d '(.*)'", command, re.DOTALL)
    post = identify(PostDraft.model_validate_json(body), NOON)
    assert (answer["post_id"], answer["revision"]) == (str(post.post_id), post.revision)


def test_the_guide_shows_what_the_api_takes_and_answers() -> None:
    me, post, batch, problem, ratio, silent = (json.loads(block) for block in blocks(GUIDE, "json"))
    check(me, schema_of(BY_NAME["getMe"], 200))
    check(post, schema_of(BY_NAME["sendPost"], 202))
    check(batch, schema_of(BY_NAME["sendPosts"], 202))
    check(problem, schema_of(BY_NAME["sendPost"], 422, PROBLEM))
    check_whole(ratio, schema_of(BY_NAME["getRatio"], 200))
    check_whole(silent, schema_of(BY_NAME["listSilentChannels"], 200))


def test_the_guides_python_sends_until_the_log_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANDOI", "http://candoi.example")
    monkeypatch.setenv("CANDOI_KEY", "candoi_thu")
    busy, taken = httpx.Response(503, headers={"Retry-After": "7"}), httpx.Response(202, json={})
    answers = [busy, taken]
    sent: list[httpx.Request] = []
    paused: list[float] = []
    names: dict[str, Any] = {}
    (code,) = blocks(GUIDE, "python")
    exec(compile(code, GUIDE.name, "exec"), names)

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return answers.pop(0)

    names["api"]._transport = httpx.MockTransport(answer)
    monkeypatch.setattr(names["time"], "sleep", paused.append)
    assert names["send"]([{"title": "Tin"}]) == {}
    assert (len(sent), paused) == (2, [7])
    assert sent[0].headers["authorization"] == "Bearer candoi_thu"


def test_the_guides_digest_is_that_of_the_closing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two pages of posts, one of them not judged yet, in no order."""
    monkeypatch.setenv("CANDOI", "http://candoi.example")
    monkeypatch.setenv("CANDOI_KEY", "candoi_thu")
    counted = [counted_post(number) for number in (1, 2, 3)]
    items = [as_sent(one) for one in (counted[2], counted[0], counted[1])]
    pages = {None: [items[0], items[1] | {"label": None}], "WyIt": [items[1], items[2]]}
    asked: list[httpx.QueryParams] = []
    names: dict[str, Any] = {}
    (code,) = blocks(GUIDE, "python")
    exec(compile(code, GUIDE.name, "exec"), names)

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params)
        cursor = request.url.params.get("cursor")
        page = {"items": pages[cursor], "next_cursor": None if cursor else "WyIt"}
        return httpx.Response(200, json=page)

    names["api"]._transport = httpx.MockTransport(answer)
    window = {"first_day": "2026-11-01", "last_day": "2026-11-30"}
    found = names["digest"]({"window": window, "known_at": "2026-12-01T01:00:00Z"})
    expected = Digest()
    for one in counted:
        expected.add(one)
    assert found == expected.hex()
    assert [one["as_of"] for one in asked] == ["2026-12-01T01:00:00Z"] * 2
    assert (asked[0]["from"], asked[0]["to"]) == ("2026-11-01", "2026-11-30")


def counted_post(number: int) -> CountedPost:
    """A post as it counted when its window was closed."""
    verdict, topic = a_verdict(), "tai_nan" if number == 1 else None
    return CountedPost(
        post_id=UUID(int=number),
        channel_id=verdict.channel_id,
        local_day=verdict.local_day,
        action=verdict.action,
        format=verdict.format,
        revision=verdict.revision,
        label="tieu_cuc",
        topic=topic,
        decision_id=verdict.verdict_id,
        decided_by="Nguyễn Văn Ế",
    )


def test_every_setting_is_documented() -> None:
    assert list(modules(deploy))
    own = [kind for kind in subclasses(BaseSettings) if not kind.__module__.startswith("pydantic")]
    kinds = [kind for kind in own if not kind.__module__.startswith("tests")]
    assert len(kinds) >= 9
    page = text_of(DOCS / "settings.md")
    for kind in kinds:
        for name, field in kind.model_fields.items():
            assert f"| `{variable(kind, name)}` |" in page
            assert field.description, f"{kind.__name__}.{name} says nothing"


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric._name)
def test_every_metric_is_documented(metric: Counter | Gauge | Histogram) -> None:
    name = f"{metric._name}_total" if isinstance(metric, Counter) else metric._name
    assert f"| `{name}` | {metric._type} |" in text_of(DOCS / "metrics.md")
    assert name.startswith("candoi_")


def test_decisions_are_numbered_without_gaps() -> None:
    files = sorted((DOCS / "decisions").glob("*.md"))
    assert [int(file.name[:4]) for file in files] == list(range(1, len(files) + 1))
    for number, file in enumerate(files, 1):
        assert text_of(file).startswith(f"# {number}. ")


@each_page
def test_every_relative_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(<?([^)>\s]+)", prose(page)):
        if not re.match(r"[a-z]+:|#", target):
            assert (page.parent / target.partition("#")[0]).exists(), target


@each_page
def test_every_file_that_a_page_names_is_there(page: Path) -> None:
    for path in re.findall(rf"`((?:{FOLDERS})/[\w./-]+)`", prose(page)):
        assert (ROOT / path).exists(), path
