"""What the cluster would run: the manifests, and the files of the image.

Neither kustomize nor a container engine is at hand: the base is read as kustomize reads it, and the
image's files are copied as the Containerfile says.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from pydantic_settings import BaseSettings

from deploy.local.settings import ROOT
from deploy.local.stack import SERVICES
from services.classify.settings import Settings as ClassifySettings
from services.gateway.app import build_app
from services.gateway.settings import Settings as GatewaySettings
from services.ingest.settings import Settings as IngestSettings
from services.ratio.settings import Settings as RatioSettings
from shared.settings import HttpSettings, KafkaSettings, LogSettings, PostgresSettings
from shared.topics import POSTS

Manifest = Mapping[str, Any]

BASE = ROOT / "deploy/k8s/base"
OVERLAY = ROOT / "deploy/k8s/overlays/example"
OWN: Mapping[str, type[BaseSettings]] = {
    "ingest": IngestSettings,
    "classify": ClassifySettings,
    "ratio": RatioSettings,
    "gateway": GatewaySettings,
}
SHARED = (KafkaSettings, PostgresSettings, LogSettings, HttpSettings)
SECRET = "a-secret-that-the-cluster-holds"


def documents(file: Path) -> Iterator[Manifest]:
    yield from yaml.safe_load_all(file.read_text("utf-8"))


def built(folder: Path) -> list[Manifest]:
    """What `kustomize build` gives, as far as these rules look at it."""
    (kustomization,) = documents(folder / "kustomization.yaml")
    return [
        manifest
        for resource in kustomization["resources"]
        if (folder / resource).is_file()
        for manifest in documents(folder / resource)
    ]


MANIFESTS = built(BASE) + built(OVERLAY)
SETTINGS = dict(
    line.split("=", 1)
    for line in (BASE / "settings.env").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
)


def named(kind: str) -> dict[str, Manifest]:
    return {one["metadata"]["name"]: one for one in MANIFESTS if one["kind"] == kind}


DEPLOYMENTS, POLICIES = named("Deployment"), named("NetworkPolicy")
JOBS = {
    **{name: one["spec"] for name, one in named("Job").items()},
    **{name: one["spec"]["jobTemplate"]["spec"] for name, one in named("CronJob").items()},
}
PODS = {
    **{name: one["spec"]["template"] for name, one in DEPLOYMENTS.items()},
    **{name: job["template"] for name, job in JOBS.items()},
}


def container(name: str) -> Manifest:
    (only,) = PODS[name]["spec"]["containers"]
    return only


def environment(name: str) -> dict[str, str]:
    """What the process of a pod finds, with a stand-in for each secret."""
    own = {one["name"]: one.get("value", SECRET) for one in container(name)["env"]}
    return {**SETTINGS, **own}


def settings_of(name: str) -> tuple[type[BaseSettings], ...]:
    own = container(name)["args"][0].removeprefix("services.")
    return (OWN[own], *SHARED) if own in OWN else SHARED


def label(manifest: Manifest) -> str:
    return f"{manifest['kind']} {manifest['metadata']['name']}"


def test_every_file_of_the_base_is_applied() -> None:
    (kustomization,) = documents(BASE / "kustomization.yaml")
    files = {file.name for file in BASE.iterdir()} - {"kustomization.yaml", "settings.env"}
    assert files == set(kustomization["resources"])
    assert kustomization["configMapGenerator"] == [{"name": "settings", "envs": ["settings.env"]}]


@pytest.mark.parametrize("manifest", MANIFESTS, ids=label)
def test_a_manifest_follows_the_schema_of_kubernetes(manifest: Manifest) -> None:
    kubernetes_validate.validate(manifest, kubernetes_validate.latest_version(), strict=True)


def test_an_unknown_field_does_not_follow_the_schema() -> None:
    broken = {**DEPLOYMENTS["ratio"], "replica": 2}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(broken, kubernetes_validate.latest_version(), strict=True)


def test_the_four_services_run_after_the_topics_step_and_a_rebuild_only_when_asked() -> None:
    assert {*DEPLOYMENTS} == {*SERVICES} == {*named("Service")}
    assert {*JOBS} == {"topics", "rebuild"}
    assert named("CronJob")["rebuild"]["spec"]["suspend"] is True
    assert JOBS["rebuild"]["backoffLimit"] == 0
    assert DEPLOYMENTS["ratio"]["spec"]["replicas"] == 1
    assert DEPLOYMENTS["ratio"]["spec"]["strategy"] == {"type": "Recreate"}
    assert DEPLOYMENTS["classify"]["spec"]["replicas"] <= POSTS.config.partitions


@pytest.mark.parametrize("name", PODS)
def test_a_pod_has_no_right_that_it_does_not_need(name: str) -> None:
    pod, inside = PODS[name]["spec"], container(name)
    assert pod["serviceAccountName"] in named("ServiceAccount")
    assert pod["automountServiceAccountToken"] is False
    # Variables that Kubernetes makes of Service names would stand among the settings.
    assert pod["enableServiceLinks"] is False
    assert pod["securityContext"] == {
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert inside["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert {"name": "tmp", "mountPath": "/tmp"} in inside["volumeMounts"]


@pytest.mark.parametrize("name", PODS)
def test_a_pod_is_given_the_memory_that_it_may_take(name: str) -> None:
    resources = container(name)["resources"]
    assert resources["requests"]["memory"] == resources["limits"]["memory"]
    assert resources["requests"]["cpu"]


@pytest.mark.parametrize("name", PODS)
def test_every_variable_is_a_setting_and_its_value_is_sound(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {
        kind.model_config["env_prefix"] + field.upper()
        for kind in (*OWN.values(), *SHARED)
        for field in kind.model_fields
    }
    assert environment(name).keys() <= known
    for variable, value in environment(name).items():
        monkeypatch.setenv(variable, value)
    for kind in settings_of(name):
        kind()


@pytest.mark.parametrize("name", PODS)
def test_a_secret_comes_from_a_secret(name: str) -> None:
    secret = {"CANDOI_POSTGRES_DSN", "CANDOI_KAFKA_SASL_PASSWORD"}
    assert secret.isdisjoint(SETTINGS)
    given = {one["name"]: one for one in container(name)["env"]}
    for variable in secret & given.keys():
        assert {*given[variable]} == {"name", "valueFrom"}
        assert {*given[variable]["valueFrom"]} == {"secretKeyRef"}
    assert "CANDOI_KAFKA_SASL_PASSWORD" in given
    assert ("CANDOI_POSTGRES_DSN" in given) == (name not in {"topics", "classify"})
    assert not named("Secret")


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_listens_where_the_others_and_the_probes_look(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable, value in environment(name).items():
        monkeypatch.setenv(variable, value)
    own = OWN[name]().model_dump()
    assert own["host"] == "0.0.0.0"
    assert container(name)["ports"] == [{"name": "http", "containerPort": own["port"]}]
    service = named("Service")[name]["spec"]
    assert service["selector"].items() <= PODS[name]["metadata"]["labels"].items()
    assert service["ports"] == [{"name": "http", "port": own["port"], "targetPort": "http"}]
    assert PODS[name]["metadata"]["annotations"] == {
        "prometheus.io/scrape": "true",
        "prometheus.io/port": str(own["port"]),
        "prometheus.io/path": "/metrics",
    }
    if name != "gateway":
        url = SETTINGS[f"CANDOI_GATEWAY_{name.upper()}_URL"]
        assert url == f"http://{name}:{own['port']}"


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_probed_and_stopped_calmly(name: str) -> None:
    inside = container(name)
    for probe, path in {"startup": "/livez", "liveness": "/livez", "readiness": "/readyz"}.items():
        assert inside[f"{probe}Probe"]["httpGet"] == {"path": path, "port": "http"}
        # A readiness check waits up to four seconds for the database.
        assert inside[f"{probe}Probe"]["timeoutSeconds"] >= 5
    startup = inside["startupProbe"]
    assert startup["periodSeconds"] * startup["failureThreshold"] >= 120
    before_stop = inside["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert before_stop == 5
    grace = PODS[name]["spec"]["terminationGracePeriodSeconds"]
    assert grace >= before_stop + HttpSettings.model_fields["stop_seconds"].default + 30


@pytest.mark.parametrize("name", SERVICES)
def test_a_drained_node_takes_one_pod_of_a_service_at_a_time(name: str) -> None:
    several = DEPLOYMENTS[name]["spec"]["replicas"] > 1
    budget = named("PodDisruptionBudget").get(name)
    # A budget for a single pod would hold up the drain for ever.
    assert (budget is not None) == several
    if budget:
        assert budget["spec"]["maxUnavailable"] == 1
        chosen = budget["spec"]["selector"]["matchLabels"]
        assert chosen.items() <= PODS[name]["metadata"]["labels"].items()


def chooses(selector: Manifest, pod: str) -> bool:
    labels = PODS[pod]["metadata"]["labels"]
    return selector.get("matchLabels", {}).items() <= labels.items() and all(
        labels.get(one["key"]) in one["values"] for one in selector.get("matchExpressions", ())
    )


def edges(direction: str, pod: str) -> set[tuple[str, Any]]:
    """Who a pod may talk to (`to`), or who may talk to it (`from`), each with the port."""
    rules = {"to": "egress", "from": "ingress"}[direction]
    found: set[tuple[str, Any]] = set()
    for policy in POLICIES.values():
        if not chooses(policy["spec"]["podSelector"], pod):
            continue
        for rule in policy["spec"].get(rules, ()):
            for peer in rule[direction]:
                labels = [one["matchLabels"] for one in peer.values()]
                names = [value for one in labels for value in one.values()]
                found |= {("/".join(names), port["port"]) for port in rule["ports"]}
    return found


DNS = ("kube-system/kube-dns", 53)
KAFKA, POSTGRES, METRICS = ("kafka", 9093), ("postgres", 5432), ("metrics", "http")


@pytest.mark.parametrize(
    ("pod", "to", "come_from"),
    [
        ("topics", {KAFKA}, set()),
        ("rebuild", {KAFKA, POSTGRES}, set()),
        ("ingest", {KAFKA, POSTGRES}, {("gateway", 8081), METRICS}),
        ("classify", {KAFKA}, {("gateway", 8082), METRICS}),
        ("ratio", {KAFKA, POSTGRES}, {("gateway", 8083), METRICS}),
        (
            "gateway",
            {KAFKA, POSTGRES, ("ingest", 8081), ("classify", 8082), ("ratio", 8083)},
            {("ingress", 8080), METRICS},
        ),
    ],
)
def test_a_pod_has_only_the_edges_of_the_architecture(
    pod: str, to: set[tuple[str, Any]], come_from: set[tuple[str, Any]]
) -> None:
    everything = {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert POLICIES["default-deny"]["spec"] == everything
    assert edges("to", pod) == to | {DNS}
    assert edges("from", pod) == come_from


def test_the_namespace_refuses_pods_with_more_rights() -> None:
    (namespace,) = named("Namespace").values()
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"


INSIDE = ("/livez", "/readyz", "/metrics")


def lets_through(path: str) -> bool:
    (ingress,) = named("Ingress").values()
    return any(
        path == rule["path"]
        or (rule["pathType"] == "Prefix" and path.startswith(rule["path"].rstrip("/") + "/"))
        for host in ingress["spec"]["rules"]
        for rule in host["http"]["paths"]
    )


def test_the_way_in_leads_to_the_api_and_not_to_metrics() -> None:
    app = build_app(GatewaySettings(), KafkaSettings(), PostgresSettings(), HttpSettings())
    public = {*app.openapi()["paths"], "/docs", "/openapi.json", "/static-offline-docs/x.js"}
    assert [path for path in ("/", *INSIDE) if lets_through(path)] == []
    assert [path for path in public - {*INSIDE} if not lets_through(path)] == []


CONTAINERFILE = (ROOT / "deploy/Containerfile").read_text("utf-8")
COPIES = re.findall(r"^COPY (?!--from)(\S+) (\S+)$", CONTAINERFILE, re.MULTILINE)


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The image's working directory."""
    folder = tmp_path_factory.mktemp("image")
    for source, target in COPIES:
        if not target.startswith("/"):
            shutil.copytree(ROOT / source, folder / target, ignore=shutil.ignore_patterns("*.pyc"))
    return folder


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    ignore = (ROOT / ".dockerignore").read_text("utf-8").split("\n")
    assert "*" in ignore
    assert {f"!{source}" for source, _ in COPIES} == {line for line in ignore if line[:1] == "!"}
    assert all((ROOT / source).exists() for source, _ in COPIES)


def test_the_image_runs_as_a_numbered_user_and_installs_only_what_is_pinned() -> None:
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", CONTAINERFILE, re.MULTILINE)
    assert "--require-hashes" in CONTAINERFILE
    assert CONTAINERFILE.rstrip().endswith('ENTRYPOINT ["python", "-m"]')


@pytest.mark.parametrize("name", PODS)
def test_the_image_holds_what_a_pod_starts(name: str, image: Path) -> None:
    module = container(name)["args"][0]
    main = f"{module}.__main__" if (image / module.replace(".", "/")).is_dir() else module
    only_here = {**os.environ, "PYTHONPATH": str(image), "PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(
        (sys.executable, "-P", "-c", f"import {main}"), env=only_here, check=True, timeout=60
    )


def test_the_image_holds_the_files_that_settings_name_by_default(image: Path) -> None:
    defaults = [field.default for kind in OWN.values() for field in kind.model_fields.values()]
    paths = [one for one in defaults if isinstance(one, Path)]
    assert len(paths) == 2
    # An absolute one would name the machine that the documents were made on.
    assert [path for path in paths if path.is_absolute()] == []
    assert all((image / path).is_dir() for path in paths)
    assert all((image / f"services/{name}/migrations").is_dir() for name in ("ingest", "ratio"))
