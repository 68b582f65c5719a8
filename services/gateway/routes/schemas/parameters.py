"""Parameters that several calls share, with their description."""

from datetime import date
from typing import Annotated

from fastapi import Query

from shared.contracts import ID_PATTERN

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
ValidateOnly = Annotated[
    bool, Query(description="chỉ kiểm tra, không gửi gì vào nhật ký; trả lời 200")
]
ParentId = Annotated[str | None, Query(pattern=ID_PATTERN, description="đơn vị cấp trên trực tiếp")]
