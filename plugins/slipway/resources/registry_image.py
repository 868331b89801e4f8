"""The resource type ``slipway:index:RegistryImage``.

It copies an image from a local OCI layout to a registry; it builds nothing and deletes nothing there.
"""

import asyncio
from pathlib import Path

from plugins.rpc.diff import mark_replacements, structural_diff
from plugins.rpc.errors import ResourceFailed
from plugins.rpc.resource import (
    CheckResult,
    Context,
    Created,
    DiffResult,
    Failure,
    Properties,
    ReadResult,
    Resource,
)
from plugins.rpc.values import UNKNOWN, Secret, reveal
from plugins.slipway.aws.account import Account
from plugins.slipway.oci_layout import Descriptor, OciLayout, without_layout
from plugins.slipway.registry import Registry, RegistryAccess

REQUIRED = ("layout", "repository", "tag", "digest", "registryAddress")
REPLACING = ("repository", "tag")
LOGIN_OF_ECR = "ecr"
# Blobs that are uploaded at once, over all images: hashing in the registry keeps more than this from being faster, each
# holds memory, and images that were declared first arrive first.
PARALLEL_UPLOADS = 8
REFRESH_PATIENCE_SECONDS = 3.0


class RegistryImageResource(Resource):
    """An image in a registry; another digest is pushed in place, another repository or tag replaces."""

    def __init__(self, account: Account | None = None) -> None:
        self._account = account or Account()
        self._slots = asyncio.Semaphore(PARALLEL_UPLOADS)

    async def check(self, ctx: Context, olds: Properties | None, news: Properties) -> CheckResult:
        """Want what a push needs, and keep the password secret whatever the program said."""
        del ctx, olds
        inputs = {key: value for key, value in news.items() if reveal(value) is not None}
        if "password" in inputs:
            inputs["password"] = Secret(reveal(inputs["password"]))
        failures = [Failure(key, "is missing") for key in REQUIRED if not inputs.get(key)]
        return CheckResult(inputs, [*failures, *_login_problems(inputs)])

    async def diff(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> DiffResult:
        """Compare all but the layout's path: the digest says what is in it."""
        del ctx, id, old_state
        detailed = structural_diff(without_layout(old_inputs), without_layout(news))
        replaces = mark_replacements(detailed, REPLACING)
        return DiffResult(bool(detailed), replaces=replaces, detailed=detailed)

    async def create(self, ctx: Context, inputs: Properties) -> Created:
        """Push the image unless the registry has it."""
        if ctx.preview:
            return Created("", {**inputs, "pushed": UNKNOWN})
        return Created(f"{inputs['repository']}:{inputs['tag']}", await self._push(ctx, inputs))

    async def read(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> ReadResult | None:  # noqa: A002
        """Ask the registry for the tag; a registry that is gone has no images, so the next run pushes them again."""
        if not inputs:
            raise ResourceFailed(f"Image {id}: images in a registry cannot be imported; the next run pushes them.")
        try:
            async with Registry(await self._access(ctx, inputs), REFRESH_PATIENCE_SECONDS) as registry:
                digest = await registry.manifest_digest(inputs["repository"], inputs["tag"])
        except ResourceFailed as failed:
            await ctx.log("warning", f"{failed}\nThe image {id} counts as not pushed.")
            return None
        if digest is None:
            return None
        return ReadResult(id, {**inputs, "digest": digest}, {**state, "digest": digest})

    async def update(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> Properties:
        """Push what the registry lacks."""
        del id, old_inputs, old_state
        return {**news, "pushed": UNKNOWN} if ctx.preview else await self._push(ctx, news)

    async def delete(self, ctx: Context, id: str, inputs: Properties, state: Properties) -> None:  # noqa: A002
        """Leave the image: a registry collects garbage itself, and other stacks may pull the same digest."""

    async def _push(self, ctx: Context, inputs: Properties) -> Properties:
        repository, tag, digest = inputs["repository"], inputs["tag"], inputs["digest"]
        async with Registry(await self._access(ctx, inputs)) as registry:
            present = await registry.manifest_digest(repository, tag) == digest
            if not present:
                layout = OciLayout(Path(inputs["layout"]))
                await _push_layout(ctx, registry, layout, inputs, self._slots)
                served = await registry.manifest_digest(repository, tag)
                if served != digest:
                    raise ResourceFailed(
                        f"Registry {inputs['registryAddress']}: it serves {served} as {repository}:{tag}, "
                        f"but {digest} was pushed. Look at the registry's log."
                    )
        return {**inputs, "pushed": not present}

    async def _access(self, ctx: Context, inputs: Properties) -> RegistryAccess:
        username, password = reveal(inputs.get("username")), reveal(inputs.get("password"))
        if inputs.get("loginFrom") == LOGIN_OF_ECR:
            from plugins.slipway.aws.functions.registry import get_registry_login  # noqa: PLC0415 - brings boto along

            login = await get_registry_login(self._account, ctx, {})
            username, password = login["user"], reveal(login["password"])
        return RegistryAccess(
            address=inputs["registryAddress"],
            server_name=inputs.get("serverName"),
            username=username,
            password=password,
            ca_pem=reveal(inputs.get("caPem")),
        )


async def _push_layout(
    ctx: Context, registry: Registry, layout: OciLayout, inputs: Properties, slots: asyncio.Semaphore
) -> None:
    """Upload blobs first, then manifests: a registry refuses a manifest whose blobs it lacks."""
    repository, root = inputs["repository"], layout.root(inputs["digest"])
    blobs = layout.blobs(root)
    total = sum(blob.size for blob in blobs)
    done = 0

    async def push(blob: Descriptor) -> None:
        nonlocal done
        async with slots:
            await registry.push_blob(repository, blob, layout.blob_file(blob))
        done += blob.size
        await ctx.status(f"pushed {done >> 20} of {total >> 20} MiB")

    try:
        async with asyncio.TaskGroup() as uploads:
            for blob in blobs:
                uploads.create_task(push(blob))
    except ExceptionGroup as group:
        raise group.exceptions[0] from None  # the others follow from it, or were cancelled because of it
    for manifest in layout.manifests(root):
        content = layout.document(manifest)[0]
        reference = inputs["tag"] if manifest == root else manifest.digest
        await registry.push_manifest(repository, reference, manifest.media_type, content)


def _login_problems(inputs: Properties) -> list[Failure]:
    source = inputs.get("loginFrom")
    if source in {None, UNKNOWN}:
        return []
    if source != LOGIN_OF_ECR:
        return [Failure("loginFrom", f"must be {LOGIN_OF_ECR}")]
    given = [key for key in ("username", "password") if key in inputs]
    return [Failure(key, "must be absent where loginFrom is given") for key in given]
