"""One Kubernetes object as a Pulumi resource: any kind, told apart by the type token.

It only connects the engine's calls with the modules that do the work.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plugins.kubernetes.changing.adopting import remembered_inputs, unrecorded_id
from plugins.kubernetes.changing.creating import create
from plugins.kubernetes.changing.deleting import delete
from plugins.kubernetes.changing.reading import read
from plugins.kubernetes.changing.replacing_unready import with_unready_replaced
from plugins.kubernetes.changing.updating import update
from plugins.kubernetes.checking.inputs import check
from plugins.kubernetes.checking.schema_check import schema_failures
from plugins.kubernetes.comparing.diffing import diff
from plugins.kubernetes.model.normalizing import dashed
from plugins.kubernetes.model.objects import identifier_of, is_definition
from plugins.kubernetes.model.state import parse_state
from plugins.kubernetes.model.tokens import GroupVersionKind, is_patch, kind_of
from plugins.rpc.creation_journal import UNRECORDED
from plugins.rpc.errors import InitializationFailed
from plugins.rpc.resource import CheckResult, Created, DiffResult, ReadResult, Resource
from plugins.rpc.values import reveal

if TYPE_CHECKING:
    from plugins.kubernetes.api.cluster import Cluster
    from plugins.rpc.resource import Context, Properties


class KubernetesObject(Resource):
    """All objects of one type token."""

    def __init__(self, cluster: Cluster, kind: GroupVersionKind) -> None:
        self._cluster = cluster
        self._kind = kind

    async def check(self, ctx: Context, olds: Properties | None, news: Properties) -> CheckResult:
        """Complete the inputs (name, namespace, version, kind) and compare them with the published schema."""
        if olds and await self._skips_update(ctx):
            return CheckResult(olds)
        plain = dashed(reveal(news))
        if olds:
            self._cluster.creations.named[ctx.urn] = identifier_of(reveal(olds))
        if is_definition(plain):
            self._cluster.scopes.declare(plain)
        kind = kind_of({"apiVersion": self._kind.api_version, "kind": self._kind.kind, **plain})
        server_side = self._cluster.settings.server_side_apply
        checked = check(
            self._kind,
            olds or self._left_over(ctx.urn, kind.kind),
            news,
            resource_name=ctx.name,
            seed=ctx.random_seed,
            proposed_name=None if ctx.autonaming_disabled else ctx.proposed_name,
            default_namespace=self._cluster.default_namespace,
            namespaced=await self._cluster.namespaced(kind),
            server_side=server_side,
        )
        if checked.failures:
            return checked
        obj, before = dashed(reveal(checked.inputs)), dashed(reveal(olds or {}))
        failures = await schema_failures(self._cluster, ctx, obj, before, patch=self._patches(obj))
        return CheckResult(checked.inputs, failures)

    async def diff(
        self,
        ctx: Context,
        id: str,  # noqa: A002 - the engine's own word
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> DiffResult:
        """Compare the object as last seen with the new inputs."""
        del id
        plain = reveal(news)
        remembered = parse_state(old_state, old_inputs)
        self._cluster.creations.recorded(ctx.urn, _uid(old_state))
        result = diff(
            remembered.live,
            remembered.inputs,
            plain,
            namespaced=await self._cluster.namespaced(kind_of(plain)),
            patch=self._patches(plain),
            ignore_changes=list(ctx.ignore_changes),
            settings=self._cluster.settings,
        )
        return await with_unready_replaced(self._cluster, ctx, result, remembered.live, plain)

    async def create(self, ctx: Context, inputs: Properties) -> Created:
        """Create the object and wait for it."""
        try:
            created = await create(self._cluster, ctx, inputs, patch=self._patches(inputs))
        except InitializationFailed:
            self._cluster.creations.answered(ctx.urn)
            raise
        self._cluster.creations.answered(ctx.urn)
        return created

    async def read(
        self,
        ctx: Context,
        id: str,  # noqa: A002 - the engine's own word
        inputs: Properties,
        state: Properties,
    ) -> ReadResult | None:
        """Look at the object; of what a killed run had begun to create, only at one that is surely ours."""
        if id == UNRECORDED:
            found = await unrecorded_id(self._cluster, ctx, dashed(reveal(inputs)))
            if found is None:
                return None
            id = found  # noqa: A001
            self._cluster.creations.answered(ctx.urn)
        self._cluster.creations.recorded(ctx.urn, _uid(state))
        return await read(self._cluster, ctx, self._kind, id, inputs=inputs, state=state)

    async def update(
        self,
        ctx: Context,
        id: str,  # noqa: A002 - the engine's own word
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> Properties:
        """Apply the new inputs and wait for the object."""
        del id
        return await update(self._cluster, ctx, old_inputs, old_state, news, patch=self._patches(news))

    async def delete(
        self,
        ctx: Context,
        id: str,  # noqa: A002 - the engine's own word
        inputs: Properties,
        state: Properties,
    ) -> None:
        """Delete the object and wait until it is gone."""
        patch = self._patches(inputs)
        await delete(self._cluster, ctx, self._kind, id, inputs=inputs, state=state, patch=patch)
        self._cluster.creations.recorded(ctx.urn, _uid(state))

    def _left_over(self, urn: str, kind: str) -> Properties:
        creations = self._cluster.creations
        return remembered_inputs(creations, urn, kind, replaced=creations.named.get(urn, ""))

    async def _skips_update(self, ctx: Context) -> bool:
        """Say whether the object stays as it was because its cluster cannot be reached."""
        if not self._cluster.settings.skip_update_unreachable or not (reason := await self._cluster.unreachable()):
            return False
        await ctx.log("warning", f"{reason}\nskipUpdateUnreachable is set: the object is left as it is.")
        return True

    def _patches(self, obj: dict[str, Any]) -> bool:
        return is_patch(self._kind, obj)


def _uid(state: Properties) -> str:
    metadata = reveal(state.get("metadata"))
    return str(metadata.get("uid") or "") if isinstance(metadata, dict) else ""
