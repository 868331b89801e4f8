"""The provider's configuration as one typed value.

It reads variables and the environment; it opens no file and no connection.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from plugins.rpc.values import reveal

if TYPE_CHECKING:
    from plugins.kubernetes.model.objects import Value

HELM_DRIVERS: Final = ("secret", "secrets", "configmap", "configmaps", "sql")
"""Where helm can keep releases; 'memory' would be gone with each call of helm."""


# Who runs pulumi may have set these for a helm of their own, and then another cluster would be meant.
_OF_THE_USER: Final = dict.fromkeys(
    (
        "HELM_DEBUG",
        "HELM_KUBEAPISERVER",
        "HELM_KUBEASGROUPS",
        "HELM_KUBEASUSER",
        "HELM_KUBECAFILE",
        "HELM_KUBECONTEXT",
        "HELM_KUBEINSECURE_SKIP_TLS_VERIFY",
        "HELM_KUBETLS_SERVER_NAME",
        "HELM_KUBETOKEN",
        "HELM_NAMESPACE",
    ),
    "",
)


@dataclass(frozen=True)
class HelmSettings:
    """What the program asked for its helm releases; empty means as helm does by itself."""

    driver: str = ""
    plugins_path: str = ""
    registry_config_path: str = ""
    repository_cache: str = ""
    repository_config_path: str = ""

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which helm is told, empty where it must not be told what the user's own helm is."""
        told = {
            "HELM_DRIVER": self.driver,
            "HELM_PLUGINS": self.plugins_path,
            "HELM_REGISTRY_CONFIG": self.registry_config_path,
            "HELM_REPOSITORY_CACHE": self.repository_cache,
            "HELM_REPOSITORY_CONFIG": self.repository_config_path,
        }
        return _OF_THE_USER | {variable: value for variable, value in told.items() if value}


@dataclass(frozen=True)
class Settings:
    """What the program asked of the provider; names follow the official schema."""

    kubeconfig: str | None = None
    context: str | None = None
    cluster: str | None = None
    namespace: str | None = None
    server_side_apply: bool = True
    enable_patch_force: bool = False
    upsert_existing_objects: bool = False
    enable_config_map_mutable: bool = False
    enable_secret_mutable: bool = False
    delete_unreachable: bool = False
    skip_update_unreachable: bool = False
    render_directory: str | None = None
    """Where objects are written to as YAML, instead of being sent to a cluster."""
    always_render: bool = False
    await_all: bool = False
    """Whether kinds without a rule of their own are waited for by their conditions."""
    request_timeout_seconds: float = 32.0
    qps: float | None = None
    """How many requests a second to send at most; None for as many as there are."""
    burst: int = 120
    """How many may go before that limit counts."""
    helm: HelmSettings = HelmSettings()


def parse_settings(variables: dict[str, Any], environment: dict[str, str] | None = None) -> Settings:
    """Build the settings from configuration variables, falling back to ``PULUMI_K8S_*``."""
    variables = reveal(variables)
    environment = dict(os.environ) if environment is None else environment

    def flag(key: str, variable: str, default: str = "") -> bool:
        value = variables.get(key)
        return _truth(environment.get(variable) or default if value in (None, "") else value)

    return Settings(
        kubeconfig=_text(variables.get("kubeconfig")),
        context=_text(variables.get("context")),
        cluster=_text(variables.get("cluster")),
        namespace=_text(variables.get("namespace")),
        server_side_apply=flag("enableServerSideApply", "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY", "true"),
        enable_patch_force=flag("enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE"),
        upsert_existing_objects=flag("upsertExistingObjects", "PULUMI_K8S_UPSERT_EXISTING_OBJECTS"),
        enable_config_map_mutable=flag("enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE"),
        enable_secret_mutable=flag("enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE"),
        delete_unreachable=flag("deleteUnreachable", "PULUMI_K8S_DELETE_UNREACHABLE"),
        skip_update_unreachable=flag("skipUpdateUnreachable", "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE"),
        render_directory=_text(variables.get("renderYamlToDirectory")),
        always_render=_truth(variables.get("alwaysRender")),
        await_all=environment.get("PULUMI_K8S_AWAIT_ALL") == "true",
        **_client_settings(variables.get("kubeClientSettings"), environment),
        helm=_helm_settings(variables.get("helmReleaseSettings"), environment),
    )


def _text(value: Value) -> str | None:
    if value is None or value == "":
        return None
    return value if isinstance(value, str) else json.dumps(value)


def _truth(value: Value) -> bool:
    return value if isinstance(value, bool) else str(value).strip().lower() in {"true", "1", "yes"}


def _client_settings(given: Value, environment: dict[str, str]) -> dict[str, Any]:
    """Return timeout and rate; the timeout is given in seconds."""
    if isinstance(given, str) and given:
        given = json.loads(given)
    values = given if isinstance(given, dict) else {}

    def number(key: str) -> float:
        return float(values.get(key) or environment.get(f"PULUMI_K8S_CLIENT_{key.upper()}") or 0)

    found: dict[str, Any] = {"qps": number("qps") or None}
    if burst := number("burst"):
        found["burst"] = int(burst)
    if timeout := number("timeout"):
        found["request_timeout_seconds"] = timeout
    return found


def _helm_settings(given: Value, environment: dict[str, str]) -> HelmSettings:
    if isinstance(given, str) and given:
        given = json.loads(given)
    values = given if isinstance(given, dict) else {}

    def text(key: str, variable: str) -> str:
        return str(values.get(key) or environment.get(f"PULUMI_K8S_HELM_{variable}") or "")

    return HelmSettings(
        driver=text("driver", "DRIVER"),
        plugins_path=text("pluginsPath", "PLUGINS_PATH"),
        registry_config_path=text("registryConfigPath", "REGISTRY_CONFIG_PATH"),
        repository_cache=text("repositoryCache", "REPOSITORY_CACHE"),
        repository_config_path=text("repositoryConfigPath", "REPOSITORY_CONFIG_PATH"),
    )
