"""What ingest takes for text, classify can read: nothing is accepted that no one can judge."""

from hypothesis import given
from hypothesis import strategies as st

from services.classify.domain.text import clean
from services.ingest.domain.post import has_words

PARTS = ("<script>", "</script>", "<style>", "</style>", "<!--", "-->", "<p>", "</p>", "&nbsp;")
PARTS += ("&lt;", "&gt;", "&amp;", "<br/>", "🎉", "\u200b", " ", "!", "tin", "7", "ạ", "<", ">")


@given(st.lists(st.sampled_from(PARTS), max_size=12).map("".join))
def test_what_ingest_accepts_classify_can_read(source: str) -> None:
    assert has_words(source) == bool(clean(None, source))
