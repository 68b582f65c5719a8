"""API keys: typing errors are found without asking the database."""

import hashlib
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.domain.api_key import PREFIX, digest, is_well_formed, new_key

BASE62 = string.digits + string.ascii_letters
KEYS = st.builds(new_key)


@given(KEYS)
def test_a_new_key_is_well_formed(key: str) -> None:
    assert is_well_formed(key)
    body = key.removeprefix(PREFIX)
    assert len(body) == 49
    assert set(body) <= set(BASE62)


@given(KEYS, st.data())
def test_one_changed_character_is_found(key: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(key) - 1))
    # A key is new each time: what is drawn must not depend on its letters.
    others = [one for one in BASE62 if one != key[at]]
    other = others[data.draw(st.integers(0, len(BASE62) - 2))]
    assert not is_well_formed(key[:at] + other + key[at + 1 :])


@given(KEYS, st.data())
def test_a_missing_or_added_character_is_found(key: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(key) - 1))
    assert not is_well_formed(key[:at] + key[at + 1 :])
    assert not is_well_formed(key[:at] + data.draw(st.sampled_from(BASE62)) + key[at:])


@given(KEYS)
def test_a_key_begins_with_what_scanners_look_for(key: str) -> None:
    assert not is_well_formed(key.removeprefix(PREFIX))
    assert not is_well_formed(key.replace(PREFIX, "canhoi_"))


@given(st.text())
def test_no_text_breaks_the_check(text: str) -> None:
    assert not is_well_formed(text)
    assert not is_well_formed(PREFIX + text)


@pytest.mark.parametrize("last", ["é", "０", "\0"])
def test_characters_that_are_no_ascii_are_found(last: str) -> None:
    assert not is_well_formed(new_key()[:-1] + last)


def test_no_two_keys_are_equal() -> None:
    assert len({new_key() for _ in range(1_000)}) == 1_000


def test_what_is_stored_is_a_digest_of_the_whole_key() -> None:
    key = new_key()
    assert digest(key) == hashlib.sha256(key.encode("ascii")).digest()
    assert digest(key) != digest(key.removeprefix(PREFIX))
