"""The resource type ``slipway:aws:DnsRecord``: all values of one name and type in a zone.

It never overwrites what it has not made: a name that is taken by somebody else is refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, ClassVar, Final

from plugins.rpc.errors import ResourceFailed
from plugins.rpc.resource import Failure
from plugins.rpc.schema import BOOLEAN, INTEGER, STRING, object_of, set_of
from plugins.rpc.schema_diff import comparable
from plugins.rpc.values import UNKNOWN
from plugins.slipway.aws.failure import AwsFailed
from plugins.slipway.aws.lookup import looked_up
from plugins.slipway.aws.resource import AwsResource
from plugins.slipway.aws.resumed import Resumed
from plugins.slipway.aws.route53 import DOMAIN, in_sync, plain

if TYPE_CHECKING:
    from plugins.rpc.resource import Properties
    from plugins.slipway.aws.account import Account
    from plugins.slipway.aws.api import Api

TYPES: Final = ("A", "AAAA", "CAA", "CNAME", "MX", "NS", "SRV", "TXT")
_TTL_SECONDS: Final = 300
_ID: Final = re.compile(rf"(?P<zone>[^_]+)_(?P<name>.+)_(?P<type>{'|'.join(TYPES)})")


class DnsRecord(AwsResource):
    """Values of one name, or an alias of something of AWS's. Its id is ``zone_name_TYPE``."""

    noun = "DnsRecord"
    inputs: ClassVar = {
        "zoneId": STRING.needed.forces,
        "name": DOMAIN.needed.forces,
        "type": STRING.one_of(*TYPES).needed.forces,
        "ttl": INTEGER.decided,
        "records": set_of(STRING),
        "alias": object_of(name=STRING.needed, zoneId=STRING.needed, evaluateHealth=BOOLEAN.by_default(False)),
    }

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self._resumed = Resumed()

    def problems(self, inputs: Properties) -> list[Failure]:
        """Return what does not go together."""
        if bool(inputs.get("records")) == bool(inputs.get("alias")):
            return [Failure("records", "A DnsRecord needs either 'records' or 'alias'.")]
        found = []
        if inputs.get("alias") and inputs.get("ttl") is not None:
            found.append(Failure("ttl", "An alias has no 'ttl': it has that of what it points to."))
        records = inputs.get("records")
        texts = [each for each in records if isinstance(each, str)] if isinstance(records, list) else []
        if inputs.get("type") == "TXT" and any(not re.fullmatch(r'(".*"\s*)+', each) for each in texts):
            found.append(Failure("records", "'records' of type TXT must be in double quotes, as Route 53 keeps them."))
        if inputs.get("type") == "CNAME" and len(texts) > 1:
            found.append(Failure("records", "'records' of type CNAME must be one name."))
        return found

    async def make(self, api: Api, wanted: Properties) -> str:
        """Make it where nothing is; go on with what a killed run made, if it is just that."""
        zone, name, kind = wanted["zoneId"], wanted["name"], wanted["type"]
        resumed = self._resumed.take(api)
        try:
            answer = await _change(api, zone, "CREATE", _record_set(wanted))
        except AwsFailed as failed:
            there = await _found(api, zone, name, kind) if failed.code == "InvalidChangeBatch" else None
            if there is None:
                raise
            if resumed and self._means_the_same(_described(there), wanted):
                return f"{zone}_{name}_{kind}"
            # Else the next run would take this try for one that a killed run began.
            api.account.creations.forget(api.ctx.urn)
            raise ResourceFailed(
                f"{api.who}: the zone {zone} already has {kind} {name}, which this stack has not made. Delete it, "
                f"choose another name, or take it over with: "
                f"pulumi import slipway:aws:DnsRecord NAME {zone}_{name}_{kind}"
            ) from None
        await in_sync(api, answer)
        return f"{zone}_{name}_{kind}"

    async def made_before(self, api: Api) -> str | None:
        """A record carries no mark: ``make`` sees whether it is there."""
        self._resumed.note(api)
        return None

    async def describe(self, api: Api, id: str) -> Properties | None:  # noqa: A002
        """Look at the record set."""
        zone, name, kind = _parts(id)
        found = await _found(api, zone, name, kind)
        return found and {"zoneId": zone, "name": name, "type": kind, **_described(found)}

    async def adjust(self, api: Api, id: str, seen: Properties, wanted: Properties) -> None:  # noqa: A002
        """Write it anew: it is this stack's."""
        if not self._means_the_same(seen, wanted):
            await in_sync(api, await _change(api, _parts(id)[0], "UPSERT", _record_set(wanted)))

    async def remove(self, api: Api, id: str, state: Properties) -> None:  # noqa: A002
        """Remove it as it is now: the API wants its values."""
        del state
        zone, name, kind = _parts(id)
        if found := await _found(api, zone, name, kind):
            await in_sync(api, await _change(api, zone, "DELETE", found))

    def _means_the_same(self, seen: Properties, wanted: Properties) -> bool:
        ttl = wanted.get("ttl")
        return (ttl is None or ttl is UNKNOWN or seen.get("ttl") == ttl) and all(
            comparable(self.inputs[key], seen.get(key)) == comparable(self.inputs[key], wanted.get(key))
            for key in ("records", "alias")
        )


def _record_set(wanted: Properties) -> dict[str, Any]:
    record: dict[str, Any] = {"Name": wanted["name"], "Type": wanted["type"]}
    if alias := wanted.get("alias"):
        target = {
            "DNSName": alias["name"],
            "HostedZoneId": alias["zoneId"],
            "EvaluateTargetHealth": alias["evaluateHealth"],
        }
        return {**record, "AliasTarget": target}
    values = [{"Value": value} for value in sorted(wanted["records"])]
    return {**record, "TTL": wanted.get("ttl") or _TTL_SECONDS, "ResourceRecords": values}


def _described(found: dict[str, Any]) -> Properties:
    alias = found.get("AliasTarget")
    return {
        "ttl": found.get("TTL"),
        "records": [each["Value"] for each in found.get("ResourceRecords") or []] or None,
        "alias": alias
        and {
            # AWS puts this in front of the names of its load balancers.
            "name": plain(alias["DNSName"]).removeprefix("dualstack."),
            "zoneId": alias["HostedZoneId"],
            "evaluateHealth": alias["EvaluateTargetHealth"],
        },
    }


async def _found(api: Api, zone: str, name: str, kind: str) -> dict[str, Any] | None:
    answer = await looked_up(
        api,
        "route53",
        "list_resource_record_sets",
        HostedZoneId=zone,
        StartRecordName=name,
        StartRecordType=kind,
        MaxItems="1",
    )
    found: dict[str, Any] | None = next(iter((answer or {}).get("ResourceRecordSets", [])), None)
    return found if found and (plain(found["Name"]), found["Type"]) == (name, kind) else None


async def _change(api: Api, zone: str, action: str, record: dict[str, Any]) -> dict[str, Any]:
    batch = {"Changes": [{"Action": action, "ResourceRecordSet": record}]}
    return await api.call("route53", "change_resource_record_sets", HostedZoneId=zone, ChangeBatch=batch)


def _parts(id: str) -> tuple[str, str, str]:  # noqa: A002
    found = _ID.fullmatch(id)
    if found is None:
        raise ValueError(f"'{id}' is no DnsRecord; expected ZONE_NAME_TYPE, such as Z0123456789_www.example.org_A")
    return found["zone"], plain(found["name"]), found["type"]
