"""The whole environment, registered once with Pulumi's mock engine; no cache, network or machine is asked.

What the toolchain would look up is invented: that it finds the real things has tests of its own.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pulumi
import pytest
from pulumi.runtime import mocks

from components.gateway_api import NEEDED
from stacks import cluster_platform, drift_watch, foundation, outputs, workloads
from stacks.settings import Settings, parse
from toolchain import lookup
from toolchain.images.layer import Layer
from toolchain.images.layout import ImageLayout

from .registered import Environment, Monitor

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
STACK = "trial"
ENTRIES: dict[str, Any] = {
    "place": "containers",
    "pools": [
        {"name": "general", "size": 2, "memoryMib": 1536},
        {"name": "database", "size": 1, "cpu": 2, "taints": ["dedicated=database:NoSchedule", "slow:NoExecute"]},
    ],
}
MONGODB = "library/mongo@sha256:" + "a" * 64


def settings(**more: Any) -> Settings:  # noqa: ANN401 - any entries
    """Return the settings of the environment, with more or other entries."""
    return parse({f"slipway:{key}": value for key, value in {**ENTRIES, **more}.items()}, "x")


def _layout(name: str) -> ImageLayout:
    layer = Layer("sha256:" + "1" * 64, 1, "application/vnd.oci.image.layer.v1.tar+gzip", "sha256:" + "2" * 64)
    return ImageLayout(name, name, "1", "sha256:" + "b" * 64, "sha256:" + "c" * 64, Path("/layouts") / name, (layer,))


def _definitions(directory: Path) -> Path:
    schema = "{openAPIV3Schema: {type: object, description: prose, properties: {description: {type: string}}}}"
    for kind in NEEDED:
        name = f"{kind}.gateway.networking.k8s.io"
        content = f"metadata: {{name: {name}}}\nspec: {{versions: [{{name: v1, schema: {schema}}}]}}\n"
        (directory / f"gateway.networking.k8s.io_{kind}.yaml").write_text(content)
    return directory


@pytest.fixture(scope="session")
def register(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Settings], Environment]:
    """A function that registers an environment and returns what was registered."""
    definitions = _definitions(tmp_path_factory.mktemp("definitions"))

    def registered(wanted: Settings) -> Environment:
        environment, loop = Environment(), asyncio.new_event_loop()
        asyncio.set_event_loop(loop)  # asynchronous tests of the same process have taken theirs away
        monitor = Monitor(environment)
        mocks.set_mocks(monitor.mocks, "slipway", STACK, monitor=monitor)
        pulumi.runtime.settings.SETTINGS.root_directory = str(ROOT)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(foundation, "image", _layout)
            patch.setattr(lookup, "executable", lambda name: Path("/tools") / name)
            patch.setattr(lookup, "data_directory", lambda _tool, _name: definitions)
            try:
                _run(wanted, environment)
            finally:
                _close(loop)
        return environment

    return registered


def _close(loop: asyncio.AbstractEventLoop) -> None:
    """Close the loop; a program that was refused leaves outputs that nobody waits for."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.close()
    asyncio.set_event_loop(None)


def _run(wanted: Settings, environment: Environment) -> None:
    @pulumi.runtime.test  # type: ignore[untyped-decorator]
    async def program() -> pulumi.Output[Any]:
        base = await foundation.lay(STACK, wanted)
        services = cluster_platform.install(wanted, base)
        application = workloads.deploy(STACK, wanted, base, services)
        drift_watch.keep(STACK, wanted, base, services)
        outputs.export(wanted, base, application)
        exported = {name: pulumi.Output.from_input(value) for name, value in _root().outputs.items()}
        secret.update({name: asyncio.ensure_future(_is_secret(output)) for name, output in exported.items()})
        return pulumi.Output.all(**exported).apply(environment.outputs.update)

    secret: dict[str, asyncio.Future[bool]] = {}
    program()
    environment.secret_outputs = {name for name, answer in secret.items() if answer.result()}


def _root() -> Any:  # noqa: ANN401 - the SDK's own Stack, which it does not export
    return pulumi.runtime.get_root_resource()


async def _is_secret(output: pulumi.Output[Any]) -> bool:
    return await output.is_secret()


@pytest.fixture(scope="session")
def environment(register: Callable[[Settings], Environment]) -> Environment:
    """The environment with the settings above."""
    return register(settings())
