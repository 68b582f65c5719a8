"""An example of each problem that decisions may meet: on posts, by the centre, about alerts.

In: nothing. Out: the examples, in the words of the ratio service, which refuses.
"""

from services.gateway.routes.schemas.problems import Example

# Days, windows, moments.
INVALID_WINDOW = Example(
    422,
    "invalid-input",
    "Dữ liệu không hợp lệ",
    "from (2026-12-01) phải không sau to (2026-11-30).",
    members={
        "errors": [
            {
                "code": "invalid-window",
                "detail": "from (2026-12-01) phải không sau to (2026-11-30).",
                "parameter": "from",
            }
        ]
    },
)

# One post.
POST_CHANGED = Example(
    412,
    "post-changed",
    "Phán định đã thay đổi",
    "Tin đã có phán định khác với bản đã xem; hãy GET lại, xem rồi quyết định.",
)
POST_WITHDRAWN = Example(
    409,
    "post-withdrawn",
    "Tin đã được gỡ",
    "Tin này đã được gỡ nên không còn được tính; không cần duyệt lại.",
)
NOT_JUDGED = Example(
    409,
    "not-judged",
    "Tin chưa được phân loại",
    "Tin chưa có bản nào để duyệt; hãy đợi vài giây.",
)
NO_REVIEW = Example(
    409,
    "no-review",
    "Không có lượt duyệt nào đang đứng",
    "Tin này đang đứng theo phán định của mô hình; không có gì để rút.",
)

# Many posts.
TOO_MANY_PAGES = Example(
    422,
    "too-many-pages",
    "Danh sách quá dài",
    "Đã qua 10000 trang; hãy thu hẹp danh sách bằng các bộ lọc của nó.",
    parameter="cursor",
)

# What the centre decides.
WHOLE_PROVINCE_ONLY = Example(
    403,
    "whole-province-only",
    "Chỉ dành cho khóa của toàn tỉnh",
    "Khóa này chỉ xem được một số đơn vị: hãy thêm unit_id.",
)
INVALID_POLICY = Example(
    422,
    "invalid-input",
    "Dữ liệu không hợp lệ",
    "warn_at (0.2) phải không lớn hơn limit (0.15).",
    members={
        "errors": [
            {
                "code": "warning-after-limit",
                "detail": "warn_at (0.2) phải không lớn hơn limit (0.15).",
                "pointer": "#/warn_at",
            }
        ]
    },
)
INVALID_FIRST_DAY = Example(
    422,
    "invalid-input",
    "Dữ liệu không hợp lệ",
    "Kỳ chứa ngày 2026-11-02 bắt đầu từ 2026-11-01.",
    members={
        "errors": [
            {
                "code": "invalid-window",
                "detail": "Kỳ chứa ngày 2026-11-02 bắt đầu từ 2026-11-01.",
                "parameter": "first_day",
            }
        ]
    },
)
UNKNOWN_CLOSING = Example(
    404,
    "unknown-closing",
    "Kỳ này chưa được chốt",
    "Chưa có ai chốt kỳ month bắt đầu từ 2026-11-01; các kỳ đã chốt: GET /v1/closings.",
    parameter="first_day",
)
WINDOW_NOT_OVER = Example(
    409,
    "window-not-over",
    "Kỳ chưa kết thúc",
    "Kỳ này đến hết ngày 2026-11-30, hôm nay là 2026-11-23; hãy chốt khi kỳ đã qua.",
)

# What the centre has set up.
TEMPLATE_INVALID = Example(
    500,
    "report-template-invalid",
    "Mẫu báo cáo bị lỗi",
    "Mẫu Word mau-bao-cao.docx có lỗi: 'windoww' is undefined. Hãy báo trung tâm sửa mẫu; các định "
    "dạng khác (json, csv, xlsx) vẫn lấy được.",
)

# Alerts.
UNKNOWN_ALERT = Example(
    404,
    "unknown-alert",
    "Không có cảnh báo này",
    "Không có cảnh báo 3f0d7a52-5a0c-5b0e-8f0e-0d7b5f1f7c11; danh sách ở GET /v1/alerts.",
    parameter="alert_id",
)
INVALID_NOTE = Example(
    422,
    "invalid-input",
    "Dữ liệu không hợp lệ",
    "Dữ liệu chưa hợp lệ ở: /note. Thiếu trường bắt buộc này.",
    members={
        "errors": [{"code": "missing", "detail": "Thiếu trường bắt buộc này.", "pointer": "#/note"}]
    },
)
