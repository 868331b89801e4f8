"""What all resource types have in common that the official plugin takes from the Terraform provider.

Check, diff and bookkeeping (``__defaults``, ``__meta``) are here; what is done with Docker is in the subclasses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from plugins.docker import ownership, schema_check, schema_diff, unrecorded
from plugins.docker.schema import NO_META
from plugins.rpc.resource import CheckResult, Created, DiffResult, Resource
from plugins.rpc.schema import DEFAULTS
from plugins.rpc.values import UNKNOWN, Secret, contains_secret, mark_like, reveal

if TYPE_CHECKING:
    from plugins.docker.engine import Engine
    from plugins.docker.schema import Schema
    from plugins.rpc.resource import Context, Properties


@dataclass(frozen=True)
class Found:
    """An object of the engine."""

    id: str
    labels: dict[str, str] | None


class BridgedResource(Resource):
    """A resource type with a ``schema``; ``engine`` returns the connected Docker engine."""

    schema: ClassVar[Schema]

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    async def check(self, ctx: Context, olds: Properties | None, news: Properties) -> CheckResult:
        """Validate against the schema and fill in defaults."""
        if olds and self.schema.autonamed:
            self.engine.creations.named[ctx.urn] = str(plain(olds).get("name"))
        remembered = unrecorded.remembered_name(self.engine, ctx, self.schema.noun)
        return schema_check.check(self.schema, ctx, olds, news, remembered)

    async def diff(
        self,
        ctx: Context,
        id: str,  # noqa: A002
        old_inputs: Properties,
        old_state: Properties,
        news: Properties,
    ) -> DiffResult:
        """Compare by the schema."""
        del old_state
        self.engine.creations.recorded(ctx.urn, id)
        return schema_diff.diff(self.schema, old_inputs, news)

    async def create(self, ctx: Context, inputs: Properties) -> Created:
        """Make the object, and remember that until the engine has surely recorded it."""
        if ctx.preview:
            return Created("", self.preview(inputs))
        if self.schema.autonamed:
            await self._resume(ctx, inputs)
        created = await self.make(ctx, inputs)
        self.engine.creations.made(ctx.urn, created.id)
        self.engine.creations.answered(ctx.urn)
        return created

    async def make(self, ctx: Context, inputs: Properties) -> Created:
        """Make the object, or take over the one that an interrupted creation of the same inputs left."""
        raise NotImplementedError

    async def named(self, name: str) -> Found | None:
        """Return the object of that name; None, too, where making it a second time makes the same."""
        del name
        return None

    async def _resume(self, ctx: Context, inputs: Properties) -> None:
        """Write the creation down; remove what a killed run made for this resource from other inputs than these.

        Nothing else knows of that object, its name is needed, and it is not what is wanted now.
        """
        wanted = plain(inputs)
        name = str(wanted["name"])
        before = unrecorded.begin(self.engine, ctx, self.schema.noun, name)
        found = await self.named(name) if before else None
        if before is None or found is None or before.uid not in ("", found.id):
            return
        marks = ownership.marks(ctx, wanted)
        if ownership.same_resource(found.labels, marks) and not ownership.same_object(found.labels, marks):
            await ctx.log("info", f"Making {self.schema.noun} '{name}' anew: a killed run made it, from other inputs.")
            await self.delete(ctx, found.id, inputs, {})

    def preview(self, inputs: Properties) -> Properties:
        """Return the outputs that a preview can tell."""
        unknown: Properties = dict.fromkeys(self.schema.unknown_outputs, UNKNOWN)
        return {**_unset(self.schema), **unknown, **without_defaults(inputs)}

    def outputs(self, id: str, inputs: Properties, seen: Properties) -> Properties:  # noqa: A002
        """Join inputs with what the engine says; what was secret stays secret, and the inputs' own form is kept.

        What nobody set is there as well, without a value: the official plugin stores its whole state that way
        (MakeTerraformResult in pkg/tfbridge/schema.go of pulumi-terraform-bridge).
        """
        own, unset = without_defaults(inputs), _unset(self.schema)
        secret = {key: value for key, value in own.items() if contains_secret(value)}
        marked = {key: mark_like(value, own.get(key)) for key, value in seen.items()}
        joined = {**dict.fromkeys(self.schema.outputs), **unset, **own, **marked, **secret, "id": id}
        empty = {key: unset[key] for key in unset.keys() - own.keys() if joined[key] in ([], {}, None)}
        computed = {key: joined[key] for key in empty if self.schema.properties[key].computed and key in seen}
        meta = {"__meta": self.schema.meta} if self.schema.meta != NO_META else {}
        return {**{key: _hidden(self.schema, key, value) for key, value in joined.items()}, **empty, **computed, **meta}


def _hidden(schema: Schema, key: str, value: Any) -> Any:  # noqa: ANN401 - property values are dynamic
    """Make secrets of those fields that are always secret."""
    fields = schema.properties[key].fields if key in schema.properties else {}
    names = {name for name, field in fields.items() if field.sensitive}
    if not isinstance(value, dict) or not names:
        return value
    return {
        name: Secret(part) if name in names and not isinstance(part, Secret) else part for name, part in value.items()
    }


def _unset(schema: Schema) -> Properties:
    """Return every input as it is stored when nobody set it: an empty list of objects, else nothing."""
    return {
        key: [] if item.element and item.element.kind == "object" else None for key, item in schema.properties.items()
    }


def without_defaults(value: Any) -> Any:  # noqa: ANN401 - property values are dynamic
    """Drop the ``__defaults`` bookkeeping at every depth; outputs do not carry it."""
    if isinstance(value, Secret):
        return Secret(without_defaults(value.value))
    if isinstance(value, dict):
        return {key: without_defaults(item) for key, item in value.items() if key != DEFAULTS}
    if isinstance(value, list):
        return [without_defaults(item) for item in value]
    return value


def plain(inputs: Properties) -> Properties:
    """Return inputs for the engine: secrets revealed, bookkeeping gone."""
    bare: Properties = reveal(without_defaults(inputs))
    return bare


def label_map(labels: list[dict[str, str]] | None) -> dict[str, str]:
    """Turn ``[{label, value}]`` into what the engine takes."""
    return {item["label"]: item["value"] for item in labels or []}


def label_list(labels: dict[str, str] | None) -> list[dict[str, str]]:
    """Turn the engine's labels into ``[{label, value}]``."""
    return [{"label": key, "value": value} for key, value in sorted((labels or {}).items())]
