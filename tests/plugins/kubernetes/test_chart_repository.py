"""Charts of a repository that wants a login, by the real helm: which version is found, and what goes wrong."""

from __future__ import annotations

import base64
import functools
import os
import subprocess
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from plugins.kubernetes.api.cluster import Cluster
from plugins.kubernetes.model.settings import Settings
from plugins.kubernetes.releasing.chart_check import chart_version
from plugins.kubernetes.releasing.inputs import completed
from tests.plugins.kubernetes.control_plane import find_tool

if TYPE_CHECKING:
    from collections.abc import Iterator

CHART = Path(__file__).parents[1] / "cases" / "charts" / "settings"
LOGIN = {"username": "me", "password": "p@ss"}


class _Guarded(SimpleHTTPRequestHandler):
    """Serves files to whoever knows the password."""

    def do_GET(self) -> None:
        """Answer."""
        known = base64.b64encode(b"me:p@ss").decode()
        if self.headers.get("Authorization") == f"Basic {known}":
            super().do_GET()
        else:
            self.send_error(401)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a repository with one chart."""
    helm = find_tool("helm")
    monkeypatch.setenv("PATH", f"{Path(helm).parent}:{os.environ['PATH']}")
    for kind in ("CACHE", "CONFIG", "DATA"):
        monkeypatch.setenv(f"HELM_{kind}_HOME", str(tmp_path / f"helm-{kind.lower()}"))
    served = tmp_path / "served"
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Guarded, directory=str(served))) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        subprocess.run([helm, "package", str(CHART), "--destination", str(served)], check=True)
        subprocess.run([helm, "repo", "index", str(served), "--url", address], check=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield address
        server.shutdown()


async def asked(**given: Any) -> tuple[str, str]:  # noqa: ANN401 - inputs of any type
    """Return the version that is found, or why there is none."""
    inputs = completed({"chart": "settings", **given}, {}, name="app", default_namespace="team")
    version, failures = await chart_version(Cluster(Settings()), inputs)
    return version, failures[0].reason if failures else ""


@pytest.mark.parametrize("version", ["", ">=0.0.1", "0.1.0"])
async def test_a_login_finds_the_version(repository: str, version: str) -> None:
    assert await asked(version=version, repositoryOpts={"repo": repository, **LOGIN}) == ("0.1.0", "")


async def test_a_login_may_be_part_of_the_address(repository: str) -> None:
    assert await asked(repositoryOpts={"repo": repository.replace("//", "//me:p%40ss@")}) == ("0.1.0", "")


async def test_a_refused_login_and_a_missing_version_are_told(repository: str) -> None:
    _, refused = await asked(repositoryOpts={"repo": repository, **LOGIN, "password": "wrong-word"})
    assert "401 Unauthorized" in refused
    assert "wrong-word" not in refused
    _, missing = await asked(version="9", repositoryOpts={"repo": repository, **LOGIN})
    assert "no chart version found for settings-9" in missing


async def test_a_repository_that_does_not_answer_is_told_with_its_address(repository: str) -> None:
    nowhere = repository.rpartition(":")[0] + ":1"
    _, reason = await asked(repositoryOpts={"repo": nowhere, **LOGIN})
    assert f"{nowhere}/index.yaml" in reason
    assert "connection refused" in reason
