"""Every metric, named once. In: events of the services. Out: what Prometheus reads at /metrics.

`docs/metrics.md` is generated from this page, and the dashboards may use no other names.
"""

from prometheus_client import Counter, Gauge, Histogram

_HTTP_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_HOP_SECONDS = (0.1, 0.25, 0.5, 1, 2, 5, 10, 20, 30, 60, 300, 1_800)

HTTP_REQUESTS = Counter(
    "candoi_http_requests_total",
    "Requests answered; errors are those with an http_status of 500 and above.",
    ["method", "route", "http_status"],
)
HTTP_REQUEST_SECONDS = Histogram(
    "candoi_http_request_seconds",
    "Seconds from the first byte of a request to the last of its answer.",
    ["method", "route"],
    buckets=_HTTP_SECONDS,
)
CONSUMER_LAG = Gauge(
    "candoi_consumer_lag_records",
    "Records in the log that this process has still to read.",
    ["kafka_topic", "partition"],
)
DEAD_LETTERS = Counter(
    "candoi_dead_letters_total",
    "Records that could not be read and were put aside with their reason.",
    ["kafka_topic"],
)
BATCH_FAILURES = Counter(
    "candoi_batch_failures_total", "Batches that failed and were read from the log again."
)
PRODUCER_REBUILDS = Counter(
    "candoi_producer_rebuilds_total", "Producers replaced after the broker refused a record."
)
POSTS_ACCEPTED = Counter(
    "candoi_posts_accepted_total", "Revisions of posts that the log acknowledged."
)
POSTS_DUPLICATE = Counter(
    "candoi_posts_duplicate_total", "Posts sent again unchanged, which changed nothing."
)
POSTS_REFUSED = Counter(
    "candoi_posts_refused_total", "Posts refused, by the code of the problem.", ["code"]
)
VERDICTS = Counter("candoi_verdicts_total", "Verdicts that classify sent.", ["label"])
POSTS_SETTLED = Counter(
    "candoi_posts_settled_total",
    "Posts that the model judged, by the stage that settled them: first (cheap) or the encoder.",
    ["stage"],
)
JUDGE_SECONDS = Histogram(
    "candoi_judge_batch_seconds",
    "Seconds that the model took for one batch of posts.",
    buckets=_HTTP_SECONDS,
)
DECISIONS_APPLIED = Counter(
    "candoi_decisions_applied_total", "Decisions new to the ledger, by kind of record.", ["kind"]
)
CAS_LOST = Counter(
    "candoi_cas_lost_total",
    "Batches given up because another process had moved the stored offset.",
)
POST_TO_RATIO_SECONDS = Histogram(
    "candoi_post_to_ratio_seconds",
    "Freshness: seconds from the acceptance of a post until its verdict is counted.",
    buckets=_HOP_SECONDS,
)
SNAPSHOTS_SENT = Counter("candoi_snapshots_sent_total", "Snapshots that the log acknowledged.")
ALERTS_RAISED = Counter(
    "candoi_alerts_total",
    "Alerts that the log acknowledged, by the status that was entered.",
    ["status"],
)
SILENT_CHANNELS = Gauge(
    "candoi_silent_channels_known",
    "Channels of the unit that published regularly and went quiet: is a sender down?",
    ["unit_id"],
)
UNIT_NEGATIVE_SHARE = Gauge(
    "candoi_unit_negative_share_ratio",
    "Negative posts by all posts of the unit in the current month, 0 to 1.",
    ["unit_id"],
)
UPSTREAM_FAILURES = Counter(
    "candoi_upstream_failures_total",
    "Calls of the gateway that a service did not answer.",
    ["service"],
)
UNITS_KNOWN = Gauge("candoi_units_known", "Units whose current ratio the gateway has in memory.")
CONSUMER_STOPPED = Gauge(
    "candoi_consumer_stopped", "1 when the consumer stopped because nearly every record was bad."
)
