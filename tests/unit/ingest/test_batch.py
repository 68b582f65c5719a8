"""What a batch says twice goes to the log once."""

from datetime import UTC, datetime
from typing import Any

from services.ingest.domain.batch import plan
from services.ingest.domain.post import identify
from shared.contracts import Post
from tests.unit.ingest.test_post import a_draft

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def a_post(**changes: Any) -> Post:
    return identify(a_draft(**changes), NOW)


def test_different_posts_go_in_one_wave() -> None:
    planned = plan([a_post(), None, a_post(external_id="2")])
    assert (planned.waves, planned.repeats) == ([[0, 2]], {})


def test_the_same_revision_again_is_a_repetition() -> None:
    planned = plan([a_post(), a_post(), a_post()])
    assert (planned.waves, planned.repeats) == ([[0]], {1: 0, 2: 0})


def test_edited_and_edited_back_makes_three_waves() -> None:
    planned = plan([a_post(), a_post(title="B"), a_post(external_id="2"), a_post()])
    assert (planned.waves, planned.repeats) == ([[0, 2], [1], [3]], {})
