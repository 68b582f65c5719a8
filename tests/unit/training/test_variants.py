"""The same post written otherwise; the service reads most of them as the same."""

from random import Random

import pytest

from services.classify.domain.text import clean
from training.variants import ALL, some_variant

TEXT = "Không được tắm sông. Đuối nước cướp đi hai em nhỏ & nhiều niềm vui."


@pytest.mark.parametrize("name", ["NFD", "HTML leftovers", "as published"])
def test_what_exporters_do_is_undone_by_cleaning(name: str) -> None:
    assert clean(None, ALL[name](TEXT, Random(1))) == TEXT


def test_people_write_without_diacritics_in_capitals_and_short_forms() -> None:
    found = {name: variant(TEXT, Random(1)) for name, variant in ALL.items()}
    assert found["without diacritics"].startswith("Khong duoc tam song.")
    assert found["in capitals"].startswith("KHÔNG ĐƯỢC")
    assert found["teencode"].startswith("ko dc tắm sông.")
    assert found["three words"] == "Không được tắm"
    assert found["first sentence"] == "Không được tắm sông."
    assert len(found["10,000 words"].split()) > 9_000


def test_training_reads_most_posts_as_they_are_and_some_otherwise() -> None:
    chance = Random(1)
    same = sum(some_variant(TEXT, chance) == TEXT for _ in range(2_000))
    assert 1_000 < same < 1_400
