"""Parameters that several calls share, with their description."""

from datetime import date
from typing import Annotated, Any

from fastapi import Query

from shared.contracts import ID_PATTERN, WindowName


def _parts(description: str, *names: str) -> Any:
    """A list with commas between. The service behind reads it, and says itself what is wrong."""
    one = f"({'|'.join(names)})"
    pattern = {"pattern": f"^{one}(,{one})*$"}
    return Query(description=description, examples=[",".join(names)], json_schema_extra=pattern)


Limit = Annotated[
    int, Query(ge=1, description="số mục trong một trang; lớn hơn 200 được tính là 200")
]
Cursor = Annotated[
    str | None, Query(description="`next_cursor` của trang trước, với đúng các bộ lọc cũ")
]
FirstDay = Annotated[
    date | None,
    Query(alias="from", description="ngày đầu, tính cả ngày đó"),
]
LastDay = Annotated[
    date | None,
    Query(alias="to", description="ngày cuối, tính cả ngày đó"),
]
InWindow = Annotated[WindowName | None, Query(description="kỳ; không có gì thì là `month`")]
At = Annotated[date | None, Query(description="kỳ chứa ngày này; không có thì là hôm nay")]
# Text for the gateway: the service behind reads it, and says itself what is wrong.
AsOf = Annotated[
    str | None,
    Query(
        description="trả lời theo những gì đã biết vào thời điểm này; phải có múi giờ, dấu `+` "
        "viết là `%2B`",
        examples=["2026-11-01T08:00:00+07:00"],
        json_schema_extra={"format": "date-time"},
    ),
]
IncludeUnits = Annotated[
    str | None,
    _parts(
        "`children`: gồm cả đơn vị trực thuộc, mọi cấp; `predecessors`: gồm cả các đơn vị mà đơn "
        "vị này kế thừa; cách nhau bằng dấu phẩy",
        "children",
        "predecessors",
    ),
]
Include = Annotated[
    str | None,
    _parts(
        "như ở chuỗi số liệu (`children`, `predecessors`), và `near-copies`: thêm các con số mà "
        "những tin gần như giống nhau chỉ được đếm một lần",
        "children",
        "predecessors",
        "near-copies",
    ),
]
ValidateOnly = Annotated[
    bool, Query(description="chỉ kiểm tra, không gửi gì vào nhật ký; trả lời 200")
]
ParentId = Annotated[str | None, Query(pattern=ID_PATTERN, description="đơn vị cấp trên trực tiếp")]
UnitId = Annotated[str | None, Query(pattern=ID_PATTERN, description="một đơn vị")]
