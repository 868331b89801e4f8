"""Records that nobody recorded, in zones that somebody did.

It deliberately leaves out what every zone has of itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from operations.drift.cloud.known import Stranger

if TYPE_CHECKING:
    from collections.abc import Iterator

    from operations.drift.cloud.known import Known

SERVICE = "route53"
OF_ITSELF = frozenset({"NS", "SOA"})


def records(client: Any, known: Known) -> Iterator[Stranger]:  # noqa: ANN401 - a client of boto
    """Yield records of recorded zones."""
    recorded = known.ids("DnsRecord")
    for zone, apex in known.named("HostedZone").items():
        for page in client.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone):
            for item in page["ResourceRecordSets"]:
                name, kind = item["Name"].rstrip(".").replace("\\052", "*"), item["Type"]
                own = kind in OF_ITSELF and name == apex.rstrip(".")
                if own or f"{zone}_{name}_{kind}" in recorded:
                    continue
                values = [one["Value"] for one in item.get("ResourceRecords") or ()]
                what = ", ".join(values) or str((item.get("AliasTarget") or {}).get("DNSName", "present"))
                yield Stranger("DnsRecord", f"{name} {kind}", what, (zone, name))
