"""Files that only their owner may read, for tools that take content by its path: values, passwords, kubeconfigs.

They are gone with the call that needed them. What a killed process left is removed by the next call on this machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from plugins.rpc.errors import ResourceFailed
from plugins.rpc.values import Asset

if TYPE_CHECKING:
    from collections.abc import Iterator

_PREFIX: Final = "slipway-helm-"
_LOCK: Final = "in-use"


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """Yield a folder of mode 0700, after removing those of processes that were killed."""
    _remove_abandoned(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as name:
        lock = _hold(Path(name))
        try:
            yield Path(name)
        finally:
            os.close(lock)


def _hold(folder: Path) -> int:
    """Return the lock that tells others that the folder is in use: it ends with this process, however that ends."""
    fresh = folder / f"{_LOCK}-soon"
    lock = os.open(fresh, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    fresh.rename(folder / _LOCK)  # held before anybody can find it
    return lock


def _remove_abandoned(parent: Path) -> None:
    for folder in parent.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):  # it belongs to somebody else, is in use, or has no lock yet
            lock = os.open(folder / _LOCK, os.O_RDWR)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)


async def file_with(given: Asset | str, wanted: Path) -> Path:
    """Return the path of a file with the content, written for its owner only if it is not on disk."""
    if isinstance(given, str):
        return Path(given)
    if given.path is not None:
        return Path(given.path)
    await asyncio.to_thread(_write, wanted, await content_of(given))
    return wanted


def _write(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text, encoding="utf-8")


async def content_of(asset: Asset) -> str:
    """Return the text of an asset.

    Raises:
        ResourceFailed: it cannot be read here.
    """
    if asset.text is not None:
        return asset.text
    if asset.path is not None:
        try:
            return await asyncio.to_thread(Path(asset.path).read_text, encoding="utf-8")
        except OSError as error:
            raise ResourceFailed(f"Cannot read the asset {asset.path}: {error.strerror}.") from None
    raise ResourceFailed(f"The asset {asset.uri or asset.hash} is remote: fetch it, and pass its text or its path.")


async def with_contents(value: Any) -> Any:  # noqa: ANN401 - values of a chart are dynamic
    """Put the text of assets among the values in their place."""
    if isinstance(value, Asset):
        return await content_of(value)
    if isinstance(value, dict):
        return {key: await with_contents(item) for key, item in value.items()}
    if isinstance(value, list):
        return [await with_contents(item) for item in value]
    return value
