"""The policy pack of a project, for the commands that show what would be changed.

It deliberately judges nothing: the CLI runs the pack.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from operations.project import Project

DIRECTORY = "policies"


def policy_arguments(project: Project) -> list[str]:
    """Return the arguments by which the Pulumi CLI runs the pack; none where the project has none."""
    pack = project.root / DIRECTORY
    return ["--policy-pack", str(pack)] if pack.is_dir() else []
