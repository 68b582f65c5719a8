"""The labelled posts: read as the service reads, in one order, none of them missing."""

import csv
import gzip
import json
from pathlib import Path

import pytest

from training.posts import (
    Example,
    digest,
    examples,
    fingerprint,
    is_for_choosing,
    is_held_out,
    pool_texts,
    written,
)

ROOT = Path(__file__).parents[3]
WRITTEN = ROOT / "training" / "posts"
LABELS = {"tich_cuc", "trung_tinh", "tieu_cuc"}

POOL = (
    {"id": "vn-2", "title": "Tin <b>nóng</b>", "lead": "Cháy&nbsp;chợ"},
    {"id": "vn-1", "title": "Vui", "lead": None},
    {"id": "vn-3", "title": "Không có nhãn", "lead": ""},
)


@pytest.fixture
def pool(tmp_path: Path) -> Path:
    file = tmp_path / "pool.jsonl.gz"
    with gzip.open(file, "wt", encoding="utf-8") as lines:
        lines.writelines(json.dumps(post, ensure_ascii=False) + "\n" for post in POOL)
    return file


def table(folder: Path, name: str, rows: str) -> Path:
    file = folder / f"{name}.csv"
    file.write_text(rows, encoding="utf-8")
    return file


def test_posts_are_cleaned_as_the_service_cleans_them(pool: Path) -> None:
    assert dict(pool_texts(pool))["vn-2"] == "Tin nóng. Cháy chợ"


def test_labelled_posts_come_by_id_each_with_its_label_and_topic(
    pool: Path, tmp_path: Path
) -> None:
    labels = table(tmp_path, "labels", "id,label,topic\nvn-2,tieu_cuc,tai_nan\nvn-1,tich_cuc,\n")
    assert examples(pool, labels) == [
        Example("vn-1", "Vui", "tich_cuc", None),
        Example("vn-2", "Tin nóng. Cháy chợ", "tieu_cuc", "tai_nan"),
    ]


def test_a_labelled_post_that_the_pool_lacks_is_named(pool: Path, tmp_path: Path) -> None:
    labels = table(tmp_path, "labels", "id,label\nvn-1,tich_cuc\nvn-9,tieu_cuc\n")
    with pytest.raises(LookupError, match=r"1 labelled posts are not in .*, as vn-9"):
        examples(pool, labels)


def test_written_posts_are_sound() -> None:
    found = written(WRITTEN)
    assert len(found) == len({one.post_id for one in found}) == len({one.text for one in found})
    assert all(one.text for one in found)
    assert {one.label for one in found} <= LABELS
    assert all((one.topic is None) == (one.label != "tieu_cuc") for one in found)


def test_a_fifth_of_the_written_posts_is_held_out() -> None:
    found = written(WRITTEN)
    assert 0.15 < sum(map(is_held_out, found)) / len(found) < 0.25


def test_half_of_the_held_out_posts_choose_and_the_other_half_tests() -> None:
    found = [one for one in written(WRITTEN) if is_held_out(one)]
    assert 0.4 < sum(map(is_for_choosing, found)) / len(found) < 0.6
    assert not any(is_for_choosing(one) for one in written(WRITTEN) if not is_held_out(one))


def test_the_labels_of_the_pool_are_sound() -> None:
    with (ROOT / "training" / "labels" / "pool.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    assert len(rows) == len({row["id"] for row in rows})
    assert {row["label"] for row in rows} <= LABELS
    assert all((row["topic"] == "") == (row["label"] != "tieu_cuc") for row in rows)
    settled = [row for row in rows if row["label_a"] == row["label_b"]]
    assert all(row["label"] == row["label_a"] for row in settled)


def test_another_content_or_order_of_files_has_another_digest(tmp_path: Path) -> None:
    one, two = table(tmp_path, "one", "1"), table(tmp_path, "two", "2")
    digests = {digest(one, two), digest(two, one), digest(one)}
    one.write_text("3")
    assert len(digests | {digest(one, two)}) == 4


def test_vectors_are_known_by_all_that_they_were_made_from(tmp_path: Path) -> None:
    model = table(tmp_path, "model", "1")
    marks = {fingerprint(texts, model) for texts in (["a", "b"], ["b", "a"], ["ab"], ["a"])}
    again = fingerprint(["a", "b"], model)
    assert again in marks
    model.write_text("2")
    assert len(marks | {fingerprint(["a", "b"], model)}) == 5
