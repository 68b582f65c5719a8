"""The trimmed tokenizer cuts Vietnamese as the full one does, with fewer pieces."""

import json
from collections import Counter
from pathlib import Path

import pytest
from tokenizers import Tokenizer
from tokenizers.models import Unigram
from tokenizers.pre_tokenizers import Metaspace

from training.tokenizer import SPECIAL, choose, count_pieces, trim, without_diacritics

PIECES = [
    *("<s>", "<pad>", "</s>", "<unk>"),
    *("▁", "t", "a", "i", "n", "ạ", "đ", "猫", "▁猫", "🎉", "."),
    *("▁tai", "▁nạn", "▁nạ", "ネコ", "▁rare"),
]


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """A tokenizer with the pieces above; the later, the less likely."""
    scored = [(piece, -0.1 * row) for row, piece in enumerate(PIECES)]
    tokenizer = Tokenizer(Unigram(scored, unk_id=3, byte_fallback=False))
    tokenizer.pre_tokenizer = Metaspace()
    tokenizer.add_special_tokens([*PIECES[:SPECIAL], "<mask>"])
    file = tmp_path / "full.json"
    tokenizer.save(str(file))
    return file


def kept_of(full: Path, counts: Counter[int], size: int) -> set[str]:
    return {PIECES[row] for row in choose(full, counts, size)}


def test_diacritics_go_and_the_letters_stay() -> None:
    assert without_diacritics("Đuối nước ở đập Núi Cốc") == "Duoi nuoc o dap Nui Coc"


def test_specials_stay_first_and_single_characters_that_we_may_meet_stay(full: Path) -> None:
    kept = kept_of(full, Counter(), len(PIECES))
    assert set(PIECES[:SPECIAL]) <= kept
    assert {"▁", "t", "ạ", "đ", "🎉", "."} <= kept
    assert not {"猫", "▁猫", "ネコ"} & kept


def test_the_most_used_pieces_fill_the_rest(full: Path) -> None:
    counts = Counter({PIECES.index("▁rare"): 1, PIECES.index("▁tai"): 9, PIECES.index("▁nạn"): 8})
    fixed = len(choose(full, Counter(), len(PIECES)))
    kept = choose(full, counts, fixed + 2)
    assert len(kept) == fixed + 2
    assert kept == sorted(kept)
    assert {PIECES[row] for row in kept} >= {"▁tai", "▁nạn"}
    assert PIECES.index("▁rare") not in kept


def test_a_text_of_kept_pieces_is_cut_as_before_and_a_rare_word_into_shorter_ones(
    full: Path, tmp_path: Path
) -> None:
    counts = Counter({PIECES.index("▁tai"): 9, PIECES.index("▁nạn"): 8})
    kept = choose(full, counts, len(PIECES))
    trim(full, kept, tmp_path / "trimmed.json")
    before = Tokenizer.from_file(str(full))
    after = Tokenizer.from_file(str(tmp_path / "trimmed.json"))
    text = "tai nạn."
    assert after.encode(text).tokens == before.encode(text).tokens
    # Piece n of the trimmed tokenizer has row kept[n] of the full table.
    assert [kept[piece] for piece in after.encode(text).ids] == before.encode(text).ids
    assert before.encode("nạ").tokens == ["▁nạ"]
    assert after.encode("nạ").tokens == ["▁", "n", "ạ"]


def test_a_token_that_no_classifier_needs_goes(full: Path, tmp_path: Path) -> None:
    trim(full, choose(full, Counter(), len(PIECES)), tmp_path / "trimmed.json")
    added = json.loads((tmp_path / "trimmed.json").read_text())["added_tokens"]
    assert [token["content"] for token in added] == PIECES[:SPECIAL]


def test_captions_in_haste_and_in_capitals_are_counted_too(full: Path) -> None:
    counts = count_pieces(full, ["tai nạn"] * 200, seed=830)
    assert counts[PIECES.index("▁nạn")] == 200
    # "tai nan" and "TAI NẠN" of one text in ten or so.
    assert 5 < counts[PIECES.index("▁tai")] - 200 < 60
    assert counts == count_pieces(full, ["tai nạn"] * 200, seed=830)
