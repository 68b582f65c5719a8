"""Golden: what is an address, and its one spelling. Post ids hang on it: it never changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.domain.canonical_url import canonical_url, is_web_address

GOLDEN = [
    ("https://a.vn", "https://a.vn/"),
    ("HTTPS://WWW.A.VN/Tin", "https://www.a.vn/Tin"),
    ("http://a.vn:80/x", "http://a.vn/x"),
    ("https://a.vn:443/x", "https://a.vn/x"),
    ("https://a.vn:8443/x", "https://a.vn:8443/x"),
    ("http://a.vn:443/x", "http://a.vn:443/x"),
    ("https://a.vn/x#binh-luan", "https://a.vn/x"),
    ("https://a.vn/x/", "https://a.vn/x"),
    ("https://a.vn/a/../b/", "https://a.vn/b"),
    ("https://a.vn/x?b=2&a=1", "https://a.vn/x?a=1&b=2"),
    ("https://a.vn/x?", "https://a.vn/x"),
    ("https://a.vn/x?id=7&utm_source=zalo&UTM_Medium=y&fbclid=z&gclid=1", "https://a.vn/x?id=7"),
    ("https://a.vn/x?utm_source=zalo", "https://a.vn/x"),
    ("https://a.vn/x?utmost=1", "https://a.vn/x?utmost=1"),
    ("https://báo.vn/tin", "https://xn--bo-mia.vn/tin"),
    ("https://a.vn/tin-bài", "https://a.vn/tin-b%C3%A0i"),
    ("https://a.vn/tin-ba\u0300i", "https://a.vn/tin-b%C3%A0i"),
    ("https://a.vn/%c3%a1%2dx", "https://a.vn/%C3%A1-x"),
    ("https://a.vn/x?q=chính+sách", "https://a.vn/x?q=ch%C3%ADnh+s%C3%A1ch"),
    ("https://a.vn/x;jsessionid=1", "https://a.vn/x;jsessionid=1"),
    (" https://a.vn/x ", "https://a.vn/x"),
    ("https://www.youtube.com/watch?v=dQw4", "https://www.youtube.com/watch?v=dQw4"),
]


@pytest.mark.parametrize(("written", "canonical"), GOLDEN)
def test_each_address_has_this_spelling_for_ever(written: str, canonical: str) -> None:
    assert is_web_address(written)
    assert canonical_url(written) == canonical


@pytest.mark.parametrize(
    "written",
    [
        "",
        "a.vn/x",
        "//a.vn/x",
        "ftp://a.vn/x",
        "javascript:alert(1)",
        "https://",
        "https:///x",
        "https://a.vn/hai chữ",
        "https://a.vn:99999/",
        "https://a.vn:cổng/",
        "https://[::1",
        "https://a.vn/" + "x" * 2_048,
    ],
)
def test_only_absolute_web_addresses_with_a_host_are_addresses(written: str) -> None:
    assert not is_web_address(written)


@given(st.text(max_size=60))
def test_the_canonical_spelling_is_its_own_canonical_spelling(tail: str) -> None:
    written = f"https://a.vn/{tail}"
    if is_web_address(written):
        once = canonical_url(written)
        assert canonical_url(once) == once
