"""Images that the registry does not have: pods would wait for them for ever.

It deliberately asks by HEAD, which transfers nothing, and takes what the update itself pushes for there.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx

from operations.health.secure_http import client, send
from operations.preview.finding import Finding
from policies.kubernetes_object import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from operations.health.outputs import Registry
    from operations.preview.plan import Plan

REGISTRY_IMAGE, BUILT_IMAGE = "slipway:index:RegistryImage", "docker:index/image:Image"
MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, "
    "application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json"
)
TIMEOUT_SECONDS = 5.0
AT_ONCE = 8


@dataclass(frozen=True)
class Reference:
    """An image in the environment's registry."""

    registry: str
    repository: str
    version: str
    """A digest, or a tag."""

    def __str__(self) -> str:
        """Write it as manifests do."""
        return f"{self.registry}/{self.repository}{'@' if ':' in self.version else ':'}{self.version}"


def used_images(plan: Plan) -> dict[Reference, list[str]]:
    """Return the images of all pods after the update, and which objects use each."""
    found: dict[Reference, list[str]] = {}
    for each in plan.objects:
        for container in each.containers():
            image = container.get("image")
            if isinstance(image, str) and image != UNKNOWN and (reference := parse_reference(image)):
                users = found.setdefault(reference, [])
                if str(each) not in users:
                    users.append(str(each))
    return found


def parse_reference(image: str) -> Reference | None:
    """Read an image's name; None when it names no registry, which a rule forbids."""
    registry, slash, rest = image.partition("/")
    if not slash or ("." not in registry and ":" not in registry):
        return None
    name, _, digest = rest.partition("@")
    repository, _, tag = name.partition(":")
    return Reference(registry, repository, digest or tag or "latest")


def pushed_by(plan: Plan, *, ever: bool = False) -> set[tuple[str, str]]:
    """Return repository and version of what the update itself pushes; with `ever`, of what earlier ones pushed too."""
    images = [each for each in plan.of_type(REGISTRY_IMAGE) if each.stays and (ever or each.is_changed)]
    found = {(str(each.new.get("repository")), str(each.new.get(key))) for each in images for key in ("digest", "tag")}
    built = [each for each in plan.of_type(BUILT_IMAGE) if each.stays and ever]
    references = [parse_reference(str(each.new_outputs.get("repoDigest"))) for each in built]
    return found | {(reference.repository, reference.version) for reference in references if reference}


def find_missing_images(plan: Plan, registry: Registry | None) -> tuple[list[Finding], list[str]]:
    """Return a finding for each image that is missing, and why images could not be looked for."""
    pushed = pushed_by(plan, ever=registry is None)
    wanted = {ref: users for ref, users in used_images(plan).items() if (ref.repository, ref.version) not in pushed}
    if registry is None:
        # Nobody can be asked, so what no resource pushes is missing.
        return [_finding(reference, users) for reference, users in wanted.items()], []
    try:
        missing = asyncio.run(_missing(registry, [ref for ref in wanted if ref.registry == registry.name]))
    except (httpx.HTTPError, OSError, ValueError) as error:
        return [], [f"The registry does not answer ({type(error).__name__}): images were not looked for."]
    elsewhere = [reference for reference in wanted if reference.registry != registry.name]
    return [_finding(reference, wanted[reference]) for reference in (*missing, *elsewhere)], []


async def _missing(registry: Registry, references: Iterable[Reference]) -> list[Reference]:
    login = (registry.username, registry.password)
    limit = asyncio.Semaphore(AT_ONCE)
    async with client(ca_pem=registry.ca_pem, timeout_seconds=TIMEOUT_SECONDS, auth=login) as http:

        async def is_missing(reference: Reference) -> bool:
            async with limit:
                response = await send(
                    http,
                    "HEAD",
                    f"https://{registry.name}/v2/{reference.repository}/manifests/{reference.version}",
                    address=registry.address,
                    server_name=registry.server_name or registry.name.rpartition(":")[0],
                    headers={"Accept": MANIFESTS},
                )
            if response.status_code not in {HTTPStatus.OK, HTTPStatus.NOT_FOUND}:
                response.raise_for_status()
            return response.status_code == HTTPStatus.NOT_FOUND

        asked = list(references)
        answers = await asyncio.gather(*(is_missing(reference) for reference in asked))
    return [reference for reference, missing in zip(asked, answers, strict=True) if missing]


def _finding(reference: Reference, users: list[str]) -> Finding:
    return Finding(
        check="image",
        severity="error",
        about=str(reference),
        text=f"It is not in the environment's registry, and this update does not push it; {', '.join(users)} needs it.",
        advice="Push it first (the output `registry` has address and login), or correct the digest.",
    )
