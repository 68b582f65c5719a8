"""An example of each problem that a call of the public API may meet, but for `decision_examples`.

In: nothing. Out: the examples. What a service behind the gateway refuses stands here in its own
words; tests/contract/test_openapi.py compares titles, statuses and places with the code.
"""

from services.gateway.routes.schemas.problems import Example

# Any call.
INVALID_KEY = Example(
    401,
    "invalid-key",
    "Khóa API không hợp lệ",
    "Khóa API sai, đã hết hạn hoặc đã bị thu hồi; hãy xin trung tâm cấp khóa mới.",
)
QUOTA_EXCEEDED = Example(
    429,
    "quota-exceeded",
    "Gửi quá nhiều yêu cầu",
    "Vượt quá 6000 yêu cầu trong 60 giây; hãy thử lại sau 2 giây.",
    members={
        "type": "https://iana.org/assignments/http-problem-types#quota-exceeded",
        "violated-policies": ["default"],
    },
)
INTERNAL_ERROR = Example(
    500,
    "internal-error",
    "Lỗi hệ thống",
    "Hệ thống gặp lỗi; hãy thử lại và báo kèm request_id.",
)
UNAVAILABLE = Example(
    503,
    "unavailable",
    "Dịch vụ tạm thời chưa sẵn sàng",
    "Chưa kiểm tra được khóa API; hãy thử lại sau ít giây.",
)


def insufficient_scope(scope: str) -> Example:
    """The key lacks this scope."""
    return Example(
        403,
        "insufficient-scope",
        "Khóa API thiếu quyền",
        f"Khóa này không có quyền {scope}; hãy xin trung tâm cấp khóa có quyền đó.",
    )


# Calls that a service behind the gateway answers.
BUSY = Example(
    503,
    "busy",
    "Hệ thống đang bận",
    "Quá nhiều yêu cầu cùng lúc; hãy thử lại sau ít giây.",
)
UPSTREAM_UNAVAILABLE = Example(
    503,
    "upstream-unavailable",
    "Dịch vụ phía sau chưa trả lời",
    "Dịch vụ phía sau chưa trả lời; hãy gửi lại nguyên yêu cầu sau ít giây: gửi lặp không bị đếm "
    "hai lần.",
)
PASSED_ON = (BUSY, UPSTREAM_UNAVAILABLE)

# Calls with parameters or a body.
INVALID_INPUT = Example(
    422,
    "invalid-input",
    "Dữ liệu không hợp lệ",
    "Dữ liệu chưa hợp lệ ở: limit. Phải lớn hơn hoặc bằng 1.",
    members={
        "errors": [
            {
                "code": "greater_than_equal",
                "detail": "Phải lớn hơn hoặc bằng 1.",
                "parameter": "limit",
            }
        ]
    },
)
INVALID_BODY = Example(
    422,
    "invalid-input",
    "Dữ liệu không hợp lệ",
    "Dữ liệu chưa hợp lệ ở: /label. Thiếu trường bắt buộc này.",
    members={
        "errors": [
            {"code": "missing", "detail": "Thiếu trường bắt buộc này.", "pointer": "#/label"}
        ]
    },
)
UNREADABLE_BODY = Example(
    400,
    "unreadable-body",
    "Không đọc được nội dung yêu cầu",
    "Nội dung không phải JSON hợp lệ ở dòng 1, cột 15.",
)
BODY_TOO_LARGE = Example(
    413,
    "body-too-large",
    "Nội dung yêu cầu quá lớn",
    "Nội dung lớn hơn 8 MiB; hãy chia thành nhiều lô nhỏ.",
)
WITH_BODY = (UNREADABLE_BODY, BODY_TOO_LARGE)

# Calls that take an Idempotency-Key.
IDEMPOTENCY = (
    Example(
        400,
        "idempotency-key-invalid",
        "Idempotency-Key không hợp lệ",
        "Idempotency-Key phải có từ 1 đến 255 ký tự.",
        parameter="Idempotency-Key",
    ),
    Example(
        409,
        "idempotency-key-in-use",
        "Yêu cầu cùng khóa đang chạy",
        "Yêu cầu đầu tiên với Idempotency-Key này còn đang chạy; hãy thử lại sau ít giây.",
        parameter="Idempotency-Key",
    ),
    Example(
        422,
        "idempotency-key-reused",
        "Khóa đã dùng cho nội dung khác",
        "Idempotency-Key này đã dùng cho một nội dung khác; hãy dùng khóa mới cho yêu cầu mới.",
        parameter="Idempotency-Key",
    ),
)

# One post.
UNKNOWN_CHANNEL = Example(
    422,
    "unknown-channel",
    "Kênh chưa được đăng ký",
    "Kênh so-yte-zalo chưa được đăng ký cho đơn vị nào; hãy đăng ký bằng "
    "PUT /v1/units/{unit_id}/channels/so-yte-zalo rồi gửi lại.",
    pointer="/channel_id",
)
POST_RULES = (
    UNKNOWN_CHANNEL,
    Example(
        422,
        "channel-not-registered",
        "Kênh không có hiệu lực vào ngày đăng",
        "Kênh so-yte-facebook không thuộc đơn vị nào vào ngày 2024-04-15 (đã đăng ký: so-yte từ "
        "2024-04-16 chưa kết thúc); hãy kiểm tra published_at hoặc sửa ngày hiệu lực của kênh.",
        pointer="/channel_id",
    ),
    Example(
        422,
        "published-in-future",
        "Thời điểm đăng ở tương lai",
        "published_at (2027-01-01T00:00:00+07:00) muộn hơn hiện tại (2026-11-23T12:00:00+07:00) "
        "quá 24 giờ; hãy kiểm tra ngày và múi giờ.",
        pointer="/published_at",
    ),
    Example(
        422,
        "missing-identity",
        "Thiếu mã hoặc địa chỉ của tin",
        "Cần external_id (mã tin trên nền tảng) hoặc url; thiếu cả hai thì không nhận ra được khi "
        "tin được gửi lại.",
        pointer="/external_id",
    ),
    Example(
        422,
        "missing-text",
        "Tin không có nội dung",
        "Cần title hoặc text có chữ hoặc số (sau khi bỏ thẻ HTML và khoảng trắng); tin chỉ có ảnh "
        "hoặc video thì gửi chú thích của nó.",
        pointer="/text",
    ),
    Example(
        422,
        "text-too-long",
        "Nội dung quá dài",
        "text có 120000 ký tự, tối đa 100000; hãy gửi phần đầu, phần sau không ảnh hưởng đến phán "
        "định.",
        pointer="/text",
    ),
    Example(
        422,
        "record-refused",
        "Nhật ký không nhận tin này",
        "Nhật ký Kafka không nhận tin này (có thể quá lớn); hãy rút gọn text rồi gửi lại.",
    ),
)

# Anything that holds an address or a text.
INVALID_URL = Example(
    422,
    "invalid-url",
    "Địa chỉ không hợp lệ",
    "url phải là địa chỉ đầy đủ bắt đầu bằng http:// hoặc https://, có tên miền, không có khoảng "
    "trắng và tối đa 2048 ký tự.",
    pointer="/url",
)
INVALID_CHARACTER = Example(
    422,
    "invalid-character",
    "Ký tự không lưu được",
    "title có ký tự NUL (\\u0000) hoặc nửa cặp surrogate (\\ud800-\\udfff) không lưu được; hãy bỏ "
    "ký tự đó.",
    pointer="/title",
)

# A batch.
BATCH = (
    Example(
        413,
        "batch-too-large",
        "Lô quá lớn",
        "Lô có 1200 tin, tối đa 1000; hãy chia thành nhiều lô nhỏ hơn.",
    ),
    Example(
        422,
        "empty-batch",
        "Lô rỗng",
        "Lô không có tin nào; hãy gửi ít nhất một tin.",
        pointer="",
    ),
    Example(
        422,
        "all-posts-rejected",
        "Không tin nào được chấp nhận",
        "Không tin nào trong lô hợp lệ; lý do của từng tin ở results.",
        members={
            "accepted": 0,
            "duplicate": 0,
            "rejected": 1,
            "results": [{"problem": UNKNOWN_CHANNEL.document("/0")}],
        },
    ),
)

# What became of a post.
UNKNOWN_POST = Example(
    404,
    "unknown-post",
    "Không có tin này",
    "Không có tin 0b6a4f0e-2c55-5d0c-9a4e-8f5b0b7f9d11. Tin vừa gửi có thể cần vài giây mới tra "
    "cứu được.",
    parameter="post_id",
)

# The registry.
UNKNOWN_UNIT = Example(
    404,
    "unknown-unit",
    "Không có đơn vị này",
    "Không có đơn vị so-la; danh sách ở GET /v1/units.",
    parameter="unit_id",
)
DATES_REVERSED = Example(
    422,
    "dates-reversed",
    "Ngày kết thúc trước ngày bắt đầu",
    "valid_to (2024-01-01) phải không trước valid_from (2024-04-16); hãy sửa một trong hai ngày.",
    pointer="/valid_to",
)
UNIT_RULES = (
    DATES_REVERSED,
    Example(
        422,
        "parent-kept",
        "Không được tách khỏi đơn vị cấp trên",
        "Khóa này chỉ thấy đơn vị của mình nên không được đổi hoặc bỏ đơn vị cấp trên từ "
        "2025-07-01; hãy giữ như GET trả về.",
        pointer="/parent_id",
    ),
    Example(
        422,
        "unknown-parent",
        "Không có đơn vị cấp trên này",
        "Chưa có đơn vị thai-nguyen; hãy đăng ký đơn vị cấp trên trước, hoặc để parent_id là null.",
        pointer="/parent_id",
    ),
    Example(
        422,
        "parent-cycle",
        "Đơn vị không thể là cấp trên của chính mình",
        "so-yte là chính đơn vị này hoặc ở dưới nó từ 2025-07-01; hãy chọn đơn vị cấp trên khác, "
        "hoặc sửa cấp trên của đơn vị kia trước.",
        pointer="/parent_id",
    ),
    Example(
        422,
        "succeeds-itself",
        "Đơn vị không thể kế thừa chính mình",
        "succeeded_by phải là một đơn vị khác, hoặc null nếu chưa sáp nhập.",
        pointer="/succeeded_by",
    ),
    Example(
        422,
        "succession-cycle",
        "Các đơn vị kế thừa vòng tròn",
        "so-tttt đã được so-khcn kế thừa, trực tiếp hoặc qua đơn vị khác; hãy kiểm tra đơn vị nào "
        "nhận chức năng của đơn vị nào, rồi sửa succeeded_by ở một trong hai.",
        pointer="/succeeded_by",
    ),
    Example(
        412,
        "precondition-failed",
        "Đơn vị đã thay đổi",
        "Đơn vị đã được người khác sửa hoặc chưa có; hãy GET lại để lấy ETag mới, áp dụng lại "
        "thay đổi rồi PUT với If-Match.",
    ),
    Example(
        428,
        "precondition-required",
        "Thiếu If-Match",
        "Đơn vị so-yte đã có; hãy GET để lấy ETag rồi PUT với If-Match: <ETag>, để không ghi đè "
        "thay đổi của người khác.",
    ),
)
CHANNEL_OWNED = Example(
    409,
    "channel-owned-by-another-unit",
    "Kênh đang thuộc đơn vị khác",
    "Kênh so-yte-facebook đang thuộc so-tttt từ 2024-04-16 chưa kết thúc. Hãy kết thúc (valid_to) "
    "ở đơn vị đó trước, rồi bắt đầu (valid_from) từ ngày hôm sau.",
    pointer="/valid_from",
)

# The list of ratios; problem pages.
INVALID_CURSOR = Example(
    400,
    "invalid-cursor",
    "Con trỏ trang không hợp lệ",
    "cursor không thuộc về danh sách với các bộ lọc này; hãy bắt đầu lại không có cursor.",
    parameter="cursor",
)
NO_PAGE = Example(404, "not-found", "Không tìm thấy", "Không có trang cho lỗi khong-co.")
