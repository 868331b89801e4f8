"""What the resource types of Route 53 share: names in one form, and waiting for its name servers.

Everything else of a type is in its module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from plugins.rpc.schema import STRING

if TYPE_CHECKING:
    from plugins.slipway.aws.api import Api

# RFC 1035, and what users of DNS add to it: underscores, and an asterisk in front.
DOMAIN: Final = STRING.matching(
    r"(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*",
    "a name in small letters without a dot at the end, such as www.example.org",
)


def plain(name: str) -> str:
    """Return a name as programs write it; Route 53 ends it with a dot and escapes asterisks."""
    return name.replace("\\052", "*").rstrip(".").lower()


async def in_sync(api: Api, answer: dict[str, Any]) -> None:
    """Wait until all name servers know a change."""
    change = answer["ChangeInfo"]["Id"]

    async def known() -> bool | None:
        status = (await api.call("route53", "get_change", Id=change))["ChangeInfo"]["Status"]
        return True if status == "INSYNC" else None

    await api.wait("the name servers to know it", known)


async def record_sets(api: Api, zone: str) -> list[dict[str, Any]]:
    """Return all record sets of a zone."""
    return await api.listed("route53", "list_resource_record_sets", "ResourceRecordSets", HostedZoneId=zone)
