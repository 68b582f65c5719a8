"""Every metric: name, type, labels, help.

In: `shared.metrics`. Out: `docs/metrics.md`.
"""

from collections.abc import Iterator

from prometheus_client import Counter, Gauge, Histogram

from docs.generate.form import table
from shared import metrics

INTRODUCTION = """\
# Metrics

Every process answers `GET /metrics` in the text format of Prometheus. Generated from
`shared/metrics.py` by `make contracts`; dashboards and alarms use no other names. A process has all
of them; those that are not its business stay at 0 or absent. A histogram `x` is read as `x_bucket`,
`x_sum`, `x_count`. `process_*` and `python_*` come from the client library.

"""


def page() -> str:
    """The text of the page."""
    return INTRODUCTION + table(("name", "type", "labels", "what"), sorted(_rows()))


def _rows() -> Iterator[tuple[str, str, str, str]]:
    for metric in vars(metrics).values():
        if isinstance(metric, Counter | Gauge | Histogram):
            (family,) = metric.describe()
            name = f"{family.name}_total" if family.type == "counter" else family.name
            labels = ", ".join(f"`{label}`" for label in metric._labelnames)
            yield f"`{name}`", family.type, labels, family.documentation
