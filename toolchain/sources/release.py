"""Tools from their upstream release address: downloaded, checked against the pinned sha256, unpacked by name.

It deliberately gives up at once: an address that does not answer within seconds must not hold up a machine that has
only package registries, so the first failure to reach the internet counts for all releases of the run.
"""

from __future__ import annotations

import hashlib
import shutil
import tarfile
import tempfile
import threading
import zipfile
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from toolchain.definition import host_architecture
from toolchain.failure import ToolchainError

if TYPE_CHECKING:
    from toolchain.definition import ReleaseFile, Tool

CONNECT_TIMEOUT_SECONDS = 3.0
READ_TIMEOUT_SECONDS = 20.0


class ReleaseUnavailableError(ToolchainError):
    """A release cannot be had from here; another source may do."""


class ReleaseChannel:
    """The way to the internet during one run: open until the first address cannot be reached."""

    def __init__(self, *, offline: bool) -> None:
        self._closed = threading.Event()
        self._reason = "--offline"
        if offline:
            self._closed.set()

    def offers(self, tool: Tool) -> bool:
        """Tell whether it is worth trying the tool's release."""
        return not self._closed.is_set() and bool(release_files(tool))

    def fill(self, tool: Tool, directory: Path) -> None:
        """Put the executables of the tool's release into `directory`.

        Raises:
            ReleaseUnavailableError: An address does not answer, or refuses, or its content is not what was pinned.
        """
        for file in release_files(tool):
            if self._closed.is_set():
                raise ReleaseUnavailableError(f"{file.address}: not tried ({self._reason})")
            with tempfile.NamedTemporaryFile(prefix=".download-", dir=directory.parent) as download:
                self._download(file, download)
                _extract(file, Path(download.name), directory)

    def _download(self, file: ReleaseFile, target: IO[bytes]) -> None:
        import httpx  # noqa: PLC0415 - a set-up with everything cached must not pay for the import

        timeout = httpx.Timeout(READ_TIMEOUT_SECONDS, connect=CONNECT_TIMEOUT_SECONDS)
        digest = hashlib.sha256()
        try:
            # The sha256 is over the file as it lies there, so no server may compress it on the way.
            raw = {"Accept-Encoding": "identity"}
            with httpx.stream("GET", file.address, follow_redirects=True, timeout=timeout, headers=raw) as response:
                response.raise_for_status()
                for chunk in response.iter_raw(1 << 20):
                    digest.update(chunk)
                    target.write(chunk)
        except httpx.HTTPStatusError as error:
            raise ReleaseUnavailableError(f"{file.address}: answered {error.response.status_code}") from error
        except httpx.TransportError as error:
            self._reason = f"{file.address} could not be reached"
            self._closed.set()
            raise ReleaseUnavailableError(f"{file.address}: {error or type(error).__name__}") from error
        target.flush()
        if digest.hexdigest() != file.sha256:
            raise ReleaseUnavailableError(
                f"{file.address}: has sha256 {digest.hexdigest()}, tools.toml pins {file.sha256}; it was not used"
            )


def release_files(tool: Tool) -> tuple[ReleaseFile, ...]:
    """Return the files of the tool's release for this machine."""
    return tuple(file for file in tool.release if file.architecture == host_architecture())


def _extract(file: ReleaseFile, download: Path, directory: Path) -> None:
    suffix = PurePosixPath(file.address).name
    for name, inside in file.executables.items():
        target = directory / name
        try:
            if not inside:
                shutil.copyfile(download, target)
            elif suffix.endswith(".zip"):
                with zipfile.ZipFile(download) as archive, archive.open(inside) as source, target.open("wb") as copy:
                    shutil.copyfileobj(source, copy)
            else:
                _extract_tar(download, inside, target)
        except (KeyError, tarfile.TarError, zipfile.BadZipFile) as error:
            raise ReleaseUnavailableError(
                f"{file.address}: no {inside} in it ({error}). Correct tools.toml."
            ) from error


def _extract_tar(download: Path, inside: str, target: Path) -> None:
    # Single members are read by name, never unpacked by path: an archive cannot write outside the target.
    with tarfile.open(download) as archive:
        source = archive.extractfile(inside)
        if source is None:
            raise KeyError(inside)
        with source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy)
