"""Metric names as the dashboards expect them."""

import re

import pytest
from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

from shared import metrics

ALL = [one for one in vars(metrics).values() if isinstance(one, MetricWrapperBase)]
# What can have no more values than the code or the deployment has of them.
FEW = {
    *("method", "route", "http_status", "kafka_topic", "partition", "status"),
    *("code", "label", "kind", "service", "stage"),
}
UNITS = ("_seconds", "_records", "_ratio", "_bytes", "_known", "_stopped")


def name_of(metric: MetricWrapperBase) -> str:
    (family,) = metric.describe()
    return f"{family.name}_total" if isinstance(metric, Counter) else family.name


@pytest.mark.parametrize("metric", ALL, ids=name_of)
def test_a_metric_is_ours_says_its_unit_and_is_explained(metric: MetricWrapperBase) -> None:
    (family,) = metric.describe()
    assert re.fullmatch(r"candoi(_[a-z]+)+", name_of(metric))
    assert family.documentation.endswith(".") or isinstance(metric, Gauge)
    if not isinstance(metric, Counter):
        assert name_of(metric).endswith(UNITS)
    if isinstance(metric, Histogram):
        assert name_of(metric).endswith("_seconds")


@pytest.mark.parametrize("metric", ALL, ids=name_of)
def test_no_label_makes_a_series_for_each_post_or_request(metric: MetricWrapperBase) -> None:
    labels = set(metric._labelnames)
    assert labels <= FEW | ({"unit_id"} if isinstance(metric, Gauge) else set())


def test_no_metric_has_two_names_in_the_code() -> None:
    assert len(ALL) == len({name_of(one) for one in ALL}) > 15
