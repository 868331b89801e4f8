"""What foresight asks a running environment, over real TLS: its certificates, its registry, its API server."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from operations.health.outputs import Registry
from operations.preview.foresight.certificates import find_expiring
from operations.preview.foresight.foresee import foresee
from operations.preview.foresight.images import find_missing_images, used_images
from operations.preview.foresight.live import Access, Live, _ask
from tests.unit.operations.health_stack import kubeconfig
from tests.unit.operations.servers import NAME, Answers, Authority, free_port, https, make_authority

from .test_foresight import NOW, pods_of

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Edited

REGISTRY = "registry.preview.slipway.internal:5000"


def access_to(address: str, authority: Authority, *, name: str = REGISTRY) -> Access:
    registry = Registry(
        address=address, name=name, server_name=NAME, username="a", password="b", ca_pem=authority.ca_pem
    )
    return Access(kubeconfig=kubeconfig(address, authority), registry=registry)


def manifests(unchanged: Edited) -> dict[str, tuple[int, bytes]]:
    return {f"/v2/{image.repository}/manifests/{image.version}": (200, b"") for image in used_images(unchanged.plan)}


@pytest.mark.parametrize(
    ("days", "severities"),
    [(90, []), (5, ["warning"] * 3), (-1, ["error"] * 3)],
    ids=["fresh", "5 days left", "expired"],
)
def test_certificates_that_are_served_or_log_in(
    tmp_path: Path, unchanged: Edited, days: int, severities: list[str]
) -> None:
    import datetime as dt  # noqa: PLC0415 - the certificates are made now

    authority = make_authority(tmp_path, days=days)
    with https(Answers({}), authority) as address:
        found, silent = find_expiring(unchanged.plan, access_to(address, authority), dt.datetime.now(dt.UTC))
    assert [finding.severity for finding in found] == severities
    assert {finding.about for finding in found} <= {
        "the kubeconfig's client certificate",
        "the registry's certificate",
        "the API server's certificate",
    }
    assert silent == []


def test_an_endpoint_that_does_not_answer_is_named_and_is_no_finding(tmp_path: Path, unchanged: Edited) -> None:
    authority = make_authority(tmp_path)
    found, silent = find_expiring(unchanged.plan, access_to(f"127.0.0.1:{free_port()}", authority), NOW)
    assert found == []
    assert [text.split(" (")[0] for text in silent] == ["the registry's certificate", "the API server's certificate"]


def test_an_image_that_the_registry_does_not_have(tmp_path: Path, unchanged: Edited) -> None:
    authority, answers = make_authority(tmp_path), manifests(unchanged)
    with https(Answers(answers), authority) as address:
        assert find_missing_images(unchanged.plan, access_to(address, authority).registry) == ([], [])
    missing = next(path for path in answers if "/slipway/api/" in path)
    answers.pop(missing)
    with https(Answers(answers), authority) as address:
        (finding,), silent = find_missing_images(unchanged.plan, access_to(address, authority).registry)
    assert finding.about.startswith(f"{REGISTRY}/slipway/api@sha256:")
    assert "Deployment catalogue/api needs it" in finding.text
    assert silent == []


@pytest.mark.parametrize("status", [401, 500])
def test_a_registry_that_refuses_says_nothing_about_images(tmp_path: Path, unchanged: Edited, status: int) -> None:
    authority = make_authority(tmp_path)
    answers = dict.fromkeys(manifests(unchanged), (status, b""))
    with https(Answers(answers), authority) as address:
        found, (reason,) = find_missing_images(unchanged.plan, access_to(address, authority).registry)
    assert found == []
    assert reason == "The registry does not answer (HTTPStatusError): images were not looked for."


def test_the_api_server_is_asked_for_pods_and_version(tmp_path: Path, unchanged: Edited) -> None:
    authority = make_authority(tmp_path)
    pods = pods_of(unchanged.plan, "Deployment", "catalogue", "api", "general-0")

    def listed(items: list[dict[str, Any]]) -> tuple[int, bytes]:
        return 200, json.dumps({"items": items}).encode()

    answers = {
        "/api/v1/pods": listed(pods),
        "/version": (200, b'{"gitVersion": "v1.36.3"}'),
    }
    with https(Answers(answers), authority, client_certificates=True) as address:
        live = asyncio.run(_ask(access_to(address, authority)))
    assert (live.has_cluster, live.version, len(live.pods)) == (True, "v1.36.3", 1)


def test_no_password_is_in_what_is_said(tmp_path: Path, unchanged: Edited) -> None:
    access = access_to(f"127.0.0.1:{free_port()}", make_authority(tmp_path))
    secret = access.registry.model_copy(update={"password": "canary-of-a-password"})
    live = Live(access=access.model_copy(update={"registry": secret}), silent=("The cluster does not answer.",))
    found, silent = foresee(unchanged.plan, live, kubernetes_version="1.36.3", now=NOW)
    assert "canary" not in repr((found, silent, live))
