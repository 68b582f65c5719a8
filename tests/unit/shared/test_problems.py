"""A refusal as problem details (RFC 9457)."""

from shared.problems import Refusal, Unavailable


class TooLoud(Refusal):
    """A refusal with a fault of its own."""

    http_status, slug, title, pointer = 409, "too-loud", "Ồn quá", "/volume"


def test_a_document_has_the_members_of_rfc_9457_and_our_own() -> None:
    refusal = TooLoud("Hãy nhỏ tiếng.", members={"limit": 5})
    assert refusal.document("req-1", "https://candoi.example.vn") == {
        "type": "https://candoi.example.vn/problems/too-loud",
        "code": "too-loud",
        "title": "Ồn quá",
        "status": 409,
        "detail": "Hãy nhỏ tiếng.",
        "request_id": "req-1",
        "errors": [{"code": "too-loud", "detail": "Hãy nhỏ tiếng.", "pointer": "#/volume"}],
        "limit": 5,
    }


def test_the_pointer_leads_into_the_item_of_a_batch() -> None:
    (fault,) = TooLoud("Hãy nhỏ tiếng.").document("req-1", "", "/3")["errors"]
    assert fault["pointer"] == "#/3/volume"


def test_a_refusal_without_a_place_names_none() -> None:
    document = Unavailable("Hãy thử lại.", 7)
    assert "errors" not in document.document("req-1")
    assert document.document("req-1")["type"] == "/problems/unavailable"
    assert document.headers == {"Retry-After": "7"}
