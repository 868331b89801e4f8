"""Judges a chart with ``helm lint`` where the program asks for that.

Source: pulumi/pulumi-kubernetes provider/pkg/provider/helm_release.go, lintChart.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from plugins.kubernetes.composing.external_tool import ToolFailed

if TYPE_CHECKING:
    from plugins.kubernetes.releasing.helm import Helm


async def lint(helm: Helm, inputs: dict[str, Any]) -> None:
    """Lint the chart with the values, if ``lint`` is set.

    Raises:
        ToolFailed: helm finds an error; the text is all that it finds.
    """
    if not inputs.get("lint"):
        return
    place, *options = await helm.chart(inputs)
    if not _is_local(place):
        folder = helm.folder / "linted"
        await helm.run("pull", place, *options, f"--destination={folder}")
        place = _only_file(folder)
    try:
        await helm.run("lint", place, "--quiet", *await helm.values(inputs))
    except ToolFailed as error:
        raise ToolFailed("helm lint", error.output or error.complaint) from None


def _is_local(place: str) -> bool:
    return Path(place).exists()


def _only_file(folder: Path) -> str:
    return str(next(folder.glob("*.tgz")))
