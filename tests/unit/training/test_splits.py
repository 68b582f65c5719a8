"""No post is in two sets, and a post stays where it is."""

import gzip
import json
from pathlib import Path

import pytest

from training.splits import DEV, HIDDEN, OF, part_of, read, readings

POOL_HEAD = "id,label,topic,confidence,label_a,label_b\n"


def sources(folder: Path, gold_text: str = "Tin vàng") -> tuple[Path, Path, Path, Path]:
    """A pool of 200 posts, 198 of them drawn, one chosen and one gold."""
    ids = [f"vn-{at}" for at in range(200)]
    texts = {one: f"Tin số {one}" for one in ids} | {"vn-199": gold_text}
    pool = folder / "pool.jsonl.gz"
    with gzip.open(pool, "wt", encoding="utf-8") as lines:
        lines.writelines(
            json.dumps({"id": one, "title": texts[one], "lead": None}) + "\n" for one in ids
        )
    rows = "".join(f"{one},trung_tinh,,high,trung_tinh,tich_cuc\n" for one in ids[:198])
    (folder / "pool.csv").write_text(POOL_HEAD + rows)
    chosen = "vn-198,tich_cuc,,high,tich_cuc,tich_cuc\n"
    (folder / "chosen.csv").write_text(POOL_HEAD + chosen)
    (folder / "posts.csv").write_text("id,label_a,topic_a,label_b,topic_b,label,topic\n")
    (folder / "gold.csv").write_text("id,label\nvn-199,tieu_cuc\n")
    written = folder / "posts"
    written.mkdir(exist_ok=True)
    return pool, folder / "gold.csv", folder, written


def test_no_post_is_in_two_sets(tmp_path: Path) -> None:
    sets = read(*sources(tmp_path))
    parts = [sets.trained(), sets.dev, *sets.tests.values()]
    ids = [one.post_id for part in parts for one in part]
    assert len(ids) == len(set(ids)) == 200


def test_a_sixth_of_the_random_posts_is_dev_and_a_sixth_hidden() -> None:
    parts = [part_of(f"vn-{at}") for at in range(6_000)]
    assert OF == 6
    assert 900 < parts.count(DEV) < 1_100
    assert 900 < parts.count(HIDDEN) < 1_100


def test_a_text_that_is_tested_on_must_not_be_trained_on(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="vn-198 is to be trained on and tested on"):
        read(*sources(tmp_path, gold_text="Tin số vn-198"))


def test_both_blind_readings_of_a_post_are_known(tmp_path: Path) -> None:
    _, _, labels, _ = sources(tmp_path)
    assert readings(labels)["vn-0"] == ("trung_tinh", "tich_cuc")
