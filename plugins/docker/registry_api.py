"""The requests to a registry that the engine cannot make for us: find, read and remove a manifest.

Pulling and pushing go through the engine. Source: OCI distribution-spec 1.1.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests
import requests.exceptions
import urllib3
import urllib3.exceptions

from plugins.docker.credentials import Login, registry_of
from plugins.docker.image_reference import normalized_repository, split_reference
from plugins.rpc.errors import ResourceFailed

ACCEPTED = (
    "application/vnd.docker.distribution.manifest.v2+json, application/vnd.docker.distribution.manifest.list.v2+json, "
    "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json"
)
# Where the engine keeps the CAs of private registries; what it trusts, we trust.
ENGINE_CERTIFICATES = Path("/etc/docker/certs.d")
TIMEOUT_SECONDS = 30
# Whoever sets insecureSkipVerify knows; a warning for each request would show up as diagnostics of the stack.
urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
_CHALLENGE = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True)
class RegistryApi:
    """One registry with a login; ``verify`` False accepts any certificate, and plain HTTP."""

    login: Login
    verify: bool = True

    def digest(self, image: str) -> str | None:
        """Return the digest of an image's manifest, or None when the registry has none.

        Raises:
            ResourceFailed: the registry does not answer, or refuses.
        """
        _, tag = split_reference(image)
        response = self._request("HEAD", image, f"manifests/{tag}")
        if response is not None and "Docker-Content-Digest" not in response.headers:
            response = self._request("GET", image, f"manifests/{tag}")  # some registries only name it with the content
        if response is None:
            return None
        given = response.headers.get("Docker-Content-Digest")
        return given or f"sha256:{hashlib.sha256(response.content).hexdigest()}"

    def manifest(self, image: str) -> dict[str, Any] | None:
        """Return an image's manifest or list of manifests, or None when the registry has none.

        Raises:
            ResourceFailed: the registry does not answer, or refuses.
        """
        _, tag = split_reference(image)
        response = self._request("GET", image, f"manifests/{tag}")
        found: dict[str, Any] | None = None if response is None else response.json()
        return found

    def remove(self, image: str, digest: str) -> None:
        """Remove a manifest; one that is gone already is no error.

        Raises:
            ResourceFailed: the registry does not answer, or refuses.
        """
        self._request("DELETE", image, f"manifests/{digest}")

    def _request(self, method: str, image: str, path: str) -> requests.Response | None:
        registry = registry_of(image)
        repository = normalized_repository(image).removeprefix(f"{registry}/")
        host = "registry-1.docker.io" if registry == "docker.io" else registry
        try:
            response = self._send(method, f"https://{host}/v2/{repository}/{path}")
        except requests.exceptions.SSLError as error:
            if self.verify:
                raise ResourceFailed(
                    f"The certificate of registry {registry} is not trusted: {error}\n"
                    f"Put its CA into {ENGINE_CERTIFICATES}/{registry}/ca.crt, or set insecureSkipVerify."
                ) from error
            response = self._send(method, f"http://{host}/v2/{repository}/{path}")
        except requests.exceptions.RequestException as error:
            raise ResourceFailed(f"Registry {registry} does not answer: {error}") from error
        if response.status_code == requests.codes["not_found"]:
            return None
        if not response.ok:
            who = f"user '{self.login.username}'" if self.login.username else "an anonymous user"
            text = (
                f"Registry {registry} refused {method} of {image} to {who}: {response.status_code} {response.reason}."
            )
            raise ResourceFailed(text)
        return response

    def _send(self, method: str, url: str) -> requests.Response:
        headers = {"Accept": ACCEPTED}
        verify = self._trust(url)
        basic = (self.login.username, self.login.password) if self.login.username else None
        response = requests.request(method, url, headers=headers, auth=basic, verify=verify, timeout=TIMEOUT_SECONDS)
        challenge = response.headers.get("WWW-Authenticate", "")
        if response.status_code != requests.codes["unauthorized"] or not challenge.startswith("Bearer "):
            return response
        headers["Authorization"] = f"Bearer {self._token(challenge, basic, verify=verify)}"
        return requests.request(method, url, headers=headers, verify=verify, timeout=TIMEOUT_SECONDS)

    def _token(self, challenge: str, basic: tuple[str, str] | None, *, verify: bool | str) -> str:
        fields = dict(_CHALLENGE.findall(challenge))
        query = {key: fields[key] for key in ("service", "scope") if key in fields}
        answer = requests.get(fields["realm"], params=query, auth=basic, verify=verify, timeout=TIMEOUT_SECONDS)
        body: dict[str, Any] = answer.json() if answer.ok else {}
        return str(body.get("token") or body.get("access_token") or "")

    def _trust(self, url: str) -> bool | str:
        if not self.verify:
            return False
        own = ENGINE_CERTIFICATES / url.split("/")[2] / "ca.crt"
        return str(own) if own.is_file() else True
