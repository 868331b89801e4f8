"""What the inputs of a release mean on helm's command line.

It is pure; values, logins and certificates are not here but in files, see ``helm``.
Source: pulumi/pulumi-kubernetes provider/pkg/provider/helm_release.go, helmCreate, helmUpdate and Delete.
"""

from __future__ import annotations

from typing import Any, Final

from plugins.kubernetes.releasing.inputs import DEFAULT_TIMEOUT_SECONDS

_ALWAYS: Final = {
    "atomic": "--atomic",
    "dependencyUpdate": "--dependency-update",
    "disableOpenapiValidation": "--disable-openapi-validation",
    "renderSubchartNotes": "--render-subchart-notes",
    "takeOwnership": "--take-ownership",
}
_INSTALL: Final = {
    "createNamespace": "--create-namespace",
    "disableWebhooks": "--no-hooks",
    "replace": "--replace",
    "skipCrds": "--skip-crds",
}
_UPGRADE: Final = {
    "cleanupOnFail": "--cleanup-on-fail",
    # The name speaks of definitions, but this is what it does in the official plugin.
    "disableCRDHooks": "--no-hooks",
    "forceUpdate": "--force",
    "recreatePods": "--recreate-pods",
}


def install_options(inputs: dict[str, Any], timeout_seconds: float | None = None) -> list[str]:
    """Return the options of ``helm install``; ``timeout_seconds`` goes before the timeout of the inputs."""
    return [*_flags(inputs, _INSTALL), *_common(inputs, timeout_seconds)]


def upgrade_options(inputs: dict[str, Any], timeout_seconds: float | None = None) -> list[str]:
    """Return the options of ``helm upgrade``, likewise."""
    # Without either, helm keeps the values of before when the program's last one is removed.
    values = "--reuse-values" if inputs.get("reuseValues") and not inputs.get("resetValues") else "--reset-values"
    history = f"--history-max={inputs.get('maxHistory') or 0}"
    return [values, history, *_flags(inputs, _UPGRADE), *_common(inputs, timeout_seconds)]


def uninstall_options(inputs: dict[str, Any], timeout_seconds: float | None = None) -> list[str]:
    """Return the options of ``helm uninstall``, likewise; a release that is gone is no error."""
    waits = ["--wait"] if inputs.get("atomic") or not inputs.get("skipAwait") else []
    return ["--ignore-not-found", *waits, _timeout(inputs, timeout_seconds)]


def chart_options(inputs: dict[str, Any]) -> list[str]:
    """Return how helm chooses and proves the chart, besides its place and version."""
    options = ["--devel"] if inputs.get("devel") and not inputs.get("version") else []
    return options + (["--verify", f"--keyring={inputs['keyring']}"] if inputs.get("verify") else [])


def _common(inputs: dict[str, Any], timeout_seconds: float | None) -> list[str]:
    options = [*_flags(inputs, _ALWAYS), _timeout(inputs, timeout_seconds)]
    if not inputs.get("skipAwait"):
        options += ["--wait", *(["--wait-for-jobs"] if inputs.get("waitForJobs") else [])]
    if inputs.get("description"):
        options.append(f"--description={inputs['description']}")
    if inputs.get("postrender"):
        options.append(f"--post-renderer={inputs['postrender']}")
    return options


def _flags(inputs: dict[str, Any], names: dict[str, str]) -> list[str]:
    return [flag for key, flag in names.items() if inputs.get(key)]


def _timeout(inputs: dict[str, Any], timeout_seconds: float | None) -> str:
    return f"--timeout={timeout_seconds or inputs.get('timeout') or DEFAULT_TIMEOUT_SECONDS:.0f}s"
