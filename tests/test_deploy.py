"""The files for containers agree with each other and with the app. Schemas are checked by hand, see docs/hosting.md."""

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from serve.nginx import UPLOAD_MB
from ui.registry import ROOT

FOLDER = ROOT / "deploy" / "kubernetes"
KUSTOMIZATION = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
RESOURCES = [one for file in KUSTOMIZATION["resources"] for one in yaml.safe_load_all((FOLDER / file).read_text())]
DEPLOYMENTS = {one["metadata"]["name"]: one["spec"] for one in RESOURCES if one["kind"] == "Deployment"}
SERVICES = {one["metadata"]["name"]: one["spec"] for one in RESOURCES if one["kind"] == "Service"}
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]


def of_kind(kind: str) -> list[dict[str, Any]]:
    return [one["spec"] for one in RESOURCES if one["kind"] == kind]


def container(name: str) -> dict[str, Any]:
    [found] = DEPLOYMENTS[name]["template"]["spec"]["containers"]
    return found


def selected(labels: dict[str, str]) -> list[str]:
    """Return the deployments whose pods have these labels."""
    pods = {name: spec["template"]["metadata"]["labels"] for name, spec in DEPLOYMENTS.items()}
    return [name for name, found in pods.items() if labels.items() <= found.items()]


def label_selectors(found: Any) -> Iterator[dict[str, str]]:
    if isinstance(found, dict):
        yield from [found["matchLabels"]] if "matchLabels" in found else []
        for value in found.values():
            yield from label_selectors(value)
    elif isinstance(found, list):
        for value in found:
            yield from label_selectors(value)


def test_every_file_is_in_the_kustomization() -> None:
    assert {file.name for file in FOLDER.iterdir()} == {"kustomization.yaml", *KUSTOMIZATION["resources"]}


def test_selectors_and_references_lead_to_something() -> None:
    for name, spec in DEPLOYMENTS.items():
        assert selected(spec["selector"]["matchLabels"]) == [name]
    for name, spec in SERVICES.items():
        assert selected(spec["selector"]) == [name]
        [port] = spec["ports"]
        assert port["targetPort"] in [one["name"] for one in container(name)["ports"]]
    assert all(selected(labels) for one in RESOURCES for labels in label_selectors(one))
    assert [one["scaleTargetRef"]["name"] for one in of_kind("HorizontalPodAutoscaler")] == ["app", "worker"]
    [ingress] = of_kind("Ingress")
    [path] = ingress["rules"][0]["http"]["paths"]
    backend = path["backend"]["service"]
    assert backend["port"]["name"] in [port["name"] for port in SERVICES[backend["name"]]["ports"]]


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_containers_are_not_root_and_ask_for_what_they_need(name: str) -> None:
    pod, run = DEPLOYMENTS[name]["template"]["spec"], container(name)
    dockerfile = (ROOT / "Dockerfile").read_text()
    user = pod["securityContext"]["runAsUser"]
    assert pod["securityContext"]["runAsNonRoot"] and f"USER {user}\n" in dockerfile and f"--uid {user} " in dockerfile
    assert run["securityContext"]["readOnlyRootFilesystem"] and "memory" in run["resources"]["limits"]
    # Autoscalers measure the CPU time by what was asked for.
    assert run["resources"]["requests"].keys() == {"cpu", "memory"}


def test_probes_ask_the_app_whether_it_is_healthy() -> None:
    run = container("app")
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert run[probe]["httpGet"] == {"path": "/_stcore/health", "port": "http"}
    assert [port["containerPort"] for port in run["ports"]] == [8501]


def test_all_use_the_same_scheduler() -> None:
    [port] = SERVICES["scheduler"]["ports"]
    address = f"tcp://scheduler:{port['port']}"
    assert {"name": "EXPLAINERS_CLUSTER", "value": address} in container("app")["env"]
    assert address in container("worker")["args"]
    assert COMPOSE["app"]["environment"]["EXPLAINERS_CLUSTER"] == address
    assert address in COMPOSE["worker"]["command"] and "scheduler" in COMPOSE


def test_version_and_limit_of_uploads_are_those_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert [image["newTag"] for image in KUSTOMIZATION["images"]] == [project["version"]]
    annotations = [one["metadata"]["annotations"] for one in RESOURCES if one["kind"] == "Ingress"]
    assert [one["nginx.ingress.kubernetes.io/proxy-body-size"] for one in annotations] == [f"{UPLOAD_MB}m"]
