"""`python -m docs.words`: write docs/words.md, ten texts with the words that weighed most.

In: the default bundle. Out: the page. To be run again when the bundle is another one; figures may
differ in the second place from one processor to the next, so the page is no generated contract.
"""

from pathlib import Path

from services.classify.domain.text import clean
from services.classify.domain.words import heaviest
from services.classify.model import Model
from services.classify.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "words.md"
SHOWN = 4
# Written for this page.
EXAMPLES = (
    ("Bắt nhóm thanh niên trộm cắp xe máy ở xã Đồng Cao", "Ba đối tượng khai đã gây ra bảy vụ."),
    ("Lật xe khách trên đèo Khe Mây", "Ba người bị thương nặng, một cháu bé tử vong."),
    ("Khởi tố nguyên kế toán trường học chiếm đoạt hơn hai tỷ đồng tiền học phí", None),
    (None, "Bà con phản ánh bãi rác bốc mùi hôi thối, gây ô nhiễm nguồn nước suốt ba tháng nay 😷"),
    ("Trao tặng 20 căn nhà đại đoàn kết cho hộ nghèo", "Bà con vui mừng nhận nhà mới."),
    ("Học sinh xã Phú Thịnh giành huy chương vàng kỳ thi Toán quốc tế", None),
    (
        None,
        "🎉 Khánh thành cây cầu mới, nối hai bờ sông Lăng, bà con đi lại dễ hơn #nongthonmoi",
    ),
    ("Thông báo lịch cắt điện ngày 25/11", "Khu vực tổ 3, tổ 4, từ 7 giờ đến 11 giờ."),
    ("Thời tiết ngày mai: nhiều mây, sáng sớm có sương mù nhẹ", None),
    ("Lịch tiếp công dân định kỳ tháng 12 của Chủ tịch UBND xã", None),
)
INTRODUCTION = """\
# The words that weighed most

What `POST /v1/classify` tells of ten texts, all of them written for this page, by the model
`{model}`. The number is what the word added to the logit of the label: bold spoke
for it, a minus against; all tokens of a text sum to the logit. Written by `python -m docs.words`.

Look at the part of the text rather than at the single word: a word has read its neighbours and
shares their weight ("Lật", "nặng", "vong", but also the name of the pass where it happened).

"""


def page(model: Model) -> str:
    """The text of the page."""
    lines = [clean(title, text) for title, text in EXAMPLES]
    found = [model.weigh([line])[0] for line in lines]
    rows = ["| text | label, confidence | words |", "| --- | --- | --- |"]
    for (title, text), one in zip(EXAMPLES, found, strict=True):
        words = [
            (str(title if word.field == "title" else text)[word.start : word.end], word.weight)
            for word in heaviest(one.line, one.tokens, title, text)[:SHOWN]
        ]
        judged = one.judgement
        told = ", ".join(_told(word, weight) for word, weight in words)
        rows.append(f"| {one.line} | `{judged.label}` {judged.confidence:.2f} | {told} |")
    return INTRODUCTION.format(model=model.name) + "\n".join(rows) + "\n"


def _told(word: str, weight: float) -> str:
    return f"{f'**{word}**' if weight > 0 else word} {weight:+.2f}"


if __name__ == "__main__":
    PAGE.write_text(page(Model(Settings(bundle=ROOT / "models" / "default"))), encoding="utf-8")
