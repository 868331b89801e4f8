"""Property values as plain Python, and their encoding in ``google.protobuf.Struct``.

It does not interpret them: schemas and defaults belong to the resources.
Source: pulumi/pulumi pkg/resource/plugin/rpc.go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from google.protobuf import struct_pb2

SIGNATURE_KEY: Final = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - a marker of the protocol
ASSET_SIGNATURE: Final = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE_SIGNATURE: Final = "0def7320c3a5731c473e5ecbe6d01bc7"
REFERENCE_SIGNATURE: Final = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT_SIGNATURE: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"

UNKNOWN_STRING: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
UNKNOWN_SENTINELS: Final = frozenset(
    {
        UNKNOWN_STRING,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)


class Unknown:
    """A value that the engine will only know after other resources exist."""

    _instance: Self | None = None

    def __new__(cls) -> Self:
        """Return the one instance, so that ``is UNKNOWN`` works."""
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __deepcopy__(self, memo: dict[int, Any]) -> Unknown:
        return self

    def __reduce__(self) -> tuple[type[Unknown], tuple[()]]:
        return (Unknown, ())


UNKNOWN: Final = Unknown()


@dataclass(frozen=True)
class Secret:
    """A value that must stay encrypted in the state and hidden in every display."""

    value: Any

    def __repr__(self) -> str:
        return "Secret([hidden])"


@dataclass(frozen=True)
class Asset:
    """One file's content; ``text``, ``path`` or ``uri`` says where it is, none of them when it was elided."""

    hash: str = ""
    text: str | None = None
    path: str | None = None
    uri: str | None = None


@dataclass(frozen=True)
class Archive:
    """A tree of files, likewise."""

    hash: str = ""
    assets: Mapping[str, Any] | None = None
    path: str | None = None
    uri: str | None = None


@dataclass(frozen=True)
class Reference:
    """A resource as the output of a component; the SDK makes an object of its class of it."""

    urn: str
    id: str = ""
    """Empty while it is not known."""
    package_version: str = ""


def decode(struct: struct_pb2.Struct) -> dict[str, Any]:
    """Turn a protobuf struct into plain Python; integral numbers become ``int``."""
    return {key: _decode_value(value) for key, value in struct.fields.items()}


def _decode_value(value: struct_pb2.Value) -> Any:  # noqa: ANN401 - property values are dynamic
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        return UNKNOWN if text in UNKNOWN_SENTINELS else text
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_decode_value(item) for item in value.list_value.values]
    if kind == "struct_value":
        return _decode_special({key: _decode_value(item) for key, item in value.struct_value.fields.items()})
    return None


def _decode_special(fields: dict[str, Any]) -> Any:  # noqa: ANN401 - see above
    signature = fields.get(SIGNATURE_KEY)
    if signature is None:
        return fields
    if signature == SECRET_SIGNATURE:
        return Secret(fields.get("value"))
    if signature == OUTPUT_SIGNATURE:
        value = fields.get("value", UNKNOWN)
        return Secret(value) if fields.get("secret") else value
    if signature == ASSET_SIGNATURE:
        return Asset(**_named(fields, "hash", "text", "path", "uri"))
    if signature == ARCHIVE_SIGNATURE:
        return Archive(**_named(fields, "hash", "assets", "path", "uri"))
    if signature == REFERENCE_SIGNATURE:
        return fields.get("id") or fields.get("urn")
    raise ValueError(f"Property value with the unknown signature {signature}.")


def _named(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: fields[name] for name in names if name in fields}


def encode(properties: Mapping[str, Any], *, keep_secrets: bool = True) -> struct_pb2.Struct:
    """Turn plain Python into a protobuf struct; ``None`` entries are kept as null."""
    struct = struct_pb2.Struct()
    for key, value in properties.items():
        _encode_into(struct.fields[key], value, keep_secrets=keep_secrets)
    return struct


def _encode_into(target: struct_pb2.Value, value: Any, *, keep_secrets: bool) -> None:  # noqa: ANN401
    value = _plain_form(value, keep_secrets=keep_secrets)
    if value is None:
        target.null_value = struct_pb2.NULL_VALUE
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, (int, float)):
        target.number_value = value
    elif isinstance(value, str):
        target.string_value = value
    elif isinstance(value, Mapping):
        target.struct_value.SetInParent()
        for key, item in value.items():
            _encode_into(target.struct_value.fields[key], item, keep_secrets=keep_secrets)
    elif isinstance(value, (list, tuple)):
        target.list_value.SetInParent()
        for item in value:
            _encode_into(target.list_value.values.add(), item, keep_secrets=keep_secrets)
    else:
        raise TypeError(f"A {type(value).__name__} is no property value.")


def _plain_form(value: Any, *, keep_secrets: bool) -> Any:  # noqa: ANN401
    if value is UNKNOWN:
        return UNKNOWN_STRING
    if isinstance(value, Secret):
        if not keep_secrets:
            return _plain_form(value.value, keep_secrets=False)
        return {SIGNATURE_KEY: SECRET_SIGNATURE, "value": value.value}
    if isinstance(value, Reference):
        known = {"urn": value.urn, "id": value.id, "packageVersion": value.package_version}
        return {SIGNATURE_KEY: REFERENCE_SIGNATURE, **known}
    if isinstance(value, (Asset, Archive)):
        signature = ASSET_SIGNATURE if isinstance(value, Asset) else ARCHIVE_SIGNATURE
        present = {key: item for key, item in vars(value).items() if item is not None}
        return {SIGNATURE_KEY: signature, **present}
    return value


def reveal(value: Any) -> Any:  # noqa: ANN401
    """Strip every ``Secret`` wrapper, at any depth."""
    if isinstance(value, Secret):
        return reveal(value.value)
    if isinstance(value, dict):
        return {key: reveal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [reveal(item) for item in value]
    return value


def within(value: Any, change: Callable[[Any], Any]) -> Any:  # noqa: ANN401
    """Apply a function to a value that may be secret, unknown or absent; it stays so."""
    if isinstance(value, Secret):
        return Secret(within(value.value, change))
    return value if value is None or value is UNKNOWN else change(value)


def _contains(value: Any, found: Callable[[Any], bool]) -> bool:  # noqa: ANN401
    if found(value):
        return True
    if isinstance(value, Secret):
        return _contains(value.value, found)
    if isinstance(value, dict):
        return any(_contains(item, found) for item in value.values())
    return isinstance(value, list) and any(_contains(item, found) for item in value)


def contains_unknown(value: Any) -> bool:  # noqa: ANN401
    """Say whether some part of the value is not known yet."""
    return _contains(value, lambda item: item is UNKNOWN)


def contains_secret(value: Any) -> bool:  # noqa: ANN401
    """Say whether some part of the value is secret."""
    return _contains(value, lambda item: isinstance(item, Secret))


def mark_like(outputs: Any, inputs: Any) -> Any:  # noqa: ANN401
    """Mark as secret what is secret at the same path in ``inputs``; other parts stay as they are."""
    if isinstance(outputs, Secret):
        return outputs
    if isinstance(inputs, Secret):
        return Secret(outputs)
    if isinstance(outputs, dict) and isinstance(inputs, dict):
        return {key: mark_like(item, inputs.get(key)) for key, item in outputs.items()}
    if isinstance(outputs, list) and isinstance(inputs, list):
        padded = inputs + [None] * (len(outputs) - len(inputs))
        return [mark_like(item, model) for item, model in zip(outputs, padded, strict=False)]
    return outputs
