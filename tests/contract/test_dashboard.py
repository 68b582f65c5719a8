"""The dashboard asks only for what the services measure, and says in Vietnamese what it shows."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase

from deploy.local.settings import ROOT, LocalSettings
from deploy.local.stack import SERVICES
from services.ratio.domain.policy import DEFAULT
from shared import metrics

BOARD: Mapping[str, Any] = json.loads(
    (ROOT / "deploy/grafana/dashboards/province.json").read_text("utf-8")
)
PANELS = [panel for panel in BOARD["panels"] if panel["type"] != "row"]
SOURCE = {"type": "prometheus", "uid": "${datasource}"}

# `job` and `instance` come from Prometheus, `le` from histograms.
GIVEN_LABELS = {"job", "instance", "le"}
SAMPLES = {
    "counter": ("_total",),
    "gauge": ("",),
    "histogram": ("_bucket", "_sum", "_count"),
}
OPERATORS = {"and", "or", "unless", "bool", "offset"}


def exported() -> dict[str, set[str]]:
    """Every name that a service exports at /metrics, with the labels that it has."""
    names: dict[str, set[str]] = {}
    for collector in vars(metrics).values():
        if isinstance(collector, MetricWrapperBase):
            (family,) = collector.describe()
            for ending in SAMPLES[family.type]:
                names[family.name + ending] = {*collector._labelnames, *GIVEN_LABELS}
    return names


def faults(query: str) -> list[str]:
    """What a PromQL query names that no service exports: metrics, then labels of all of them."""
    known = exported()
    bare = re.sub(r'"[^"]*"', '""', query)
    matched = re.findall(r"(\w+)\s*(?:=~|!~|!=|=)\s*\"\"", bare)
    grouped = re.findall(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)", bare)
    bare = re.sub(r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ", bare)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]", " ", bare)
    words = re.findall(r"(?<![\w.$])[a-zA-Z_:][\w:]*(?!\w)(?!\s*\()", bare)
    named = set(words) - OPERATORS
    labels = {*matched, *(label for group in grouped for label in re.findall(r"\w+", group))}
    reachable = set[str]().union(*(known.get(name, set()) for name in named))
    return [
        *(f"no metric {name}" for name in sorted(named - known.keys())),
        *(f"no label {label}" for label in sorted(labels - reachable)),
    ]


def queries(panel: Mapping[str, Any]) -> Iterator[str]:
    for target in panel["targets"]:
        yield target["expr"]


def number(panel: Mapping[str, Any]) -> str:
    return f"panel {panel['id']}"


@pytest.mark.parametrize("panel", PANELS, ids=number)
def test_a_panel_asks_only_for_what_the_services_export(panel: Mapping[str, Any]) -> None:
    assert panel["targets"]
    for query in queries(panel):
        assert "candoi_" in query
        assert faults(query) == [], query


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("sum(rate(candoi_post_accepted_total[5m]))", "no metric candoi_post_accepted_total"),
        ("candoi_posts_accepted", "no metric candoi_posts_accepted"),
        ("rate(candoi_http_request_seconds[5m])", "no metric candoi_http_request_seconds"),
        ("candoi_units_known_bucket", "no metric candoi_units_known_bucket"),
        ("max by (job) (candoi_units_known) + up", "no metric up"),
        ("sum by (unit) (candoi_unit_negative_share_ratio)", "no label unit"),
        ('candoi_dead_letters_total{topic="candoi.posts.v1"}', "no label topic"),
    ],
)
def test_a_query_for_what_nobody_exports_is_found(query: str, fault: str) -> None:
    assert faults(query) == [fault]


@pytest.mark.parametrize("panel", PANELS, ids=number)
def test_a_panel_says_what_it_shows(panel: Mapping[str, Any]) -> None:
    assert panel["title"]
    assert panel["description"].endswith((".", "docs/operate.md."))
    assert not (panel["title"] + panel["description"]).isascii(), "not in Vietnamese"
    assert panel["fieldConfig"]["defaults"]["unit"]


@pytest.mark.parametrize("panel", PANELS, ids=number)
def test_a_panel_has_the_unit_of_what_it_measures(panel: Mapping[str, Any]) -> None:
    unit = panel["fieldConfig"]["defaults"]["unit"]
    for query in queries(panel):
        if query.startswith("histogram_quantile"):
            assert unit == "s"
        elif "candoi_http_requests_total" in query:
            assert unit == "reqps"
        elif "candoi_unit_negative_share_ratio" in query and panel["type"] != "stat":
            assert unit == "percentunit"


def test_the_operator_chooses_among_units_that_are_measured() -> None:
    (chosen,) = (one for one in BOARD["templating"]["list"] if one["type"] == "query")
    metric, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", chosen["query"]["query"]).groups()
    assert label in exported()[metric]


def test_the_operator_chooses_the_datasource() -> None:
    (chosen,) = (one for one in BOARD["templating"]["list"] if one["type"] == "datasource")
    assert (chosen["name"], chosen["query"]) == ("datasource", "prometheus")
    variables = [one for one in BOARD["templating"]["list"] if one is not chosen]
    targets = [target for panel in PANELS for target in panel["targets"]]
    assert all(part["datasource"] == SOURCE for part in (*PANELS, *targets, *variables))


def test_the_lines_drawn_are_those_of_the_letter() -> None:
    shares = [one for one in PANELS if one["fieldConfig"]["defaults"]["unit"] == "percentunit"]
    assert {one["type"] for one in shares} == {"bargauge", "timeseries"}
    for panel in shares:
        steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
        assert [step["value"] for step in steps] == [None, DEFAULT.warn_at, DEFAULT.limit]


def test_no_two_panels_cover_each_other() -> None:
    cells = [
        (panel["gridPos"]["x"] + column, panel["gridPos"]["y"] + line)
        for panel in BOARD["panels"]
        for column in range(panel["gridPos"]["w"])
        for line in range(panel["gridPos"]["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(column for column, _ in cells) < 24
    assert len({panel["id"] for panel in BOARD["panels"]}) == len(BOARD["panels"])


def test_prometheus_looks_where_the_local_stack_listens() -> None:
    config = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text("utf-8"))
    found = {
        job["job_name"]: job["static_configs"][0]["targets"] for job in config["scrape_configs"]
    }
    local = LocalSettings.model_construct()
    assert found == {name: [local.service_url(name).removeprefix("http://")] for name in SERVICES}
