"""Hosted zones and their records: made, changed, and nobody else's touched."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from plugins.rpc.errors import ResourceFailed
from tests.plugins.aws.engine import changed
from tests.plugins.aws.services.life import dies, killed_after, lives

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.plugins.aws.engine import Engine


async def test_zone_and_records_live_and_die(engine: Engine, boto: Callable[[str], Any]) -> None:
    domain = f"{uuid.uuid4().hex[:8]}.example.org"
    program = {"name": domain, "comment": "one"}
    zone = await engine.create("HostedZone", **program)
    assert zone.outputs["nameServers"]
    assert zone.outputs["zoneId"] == zone.id
    await lives(engine, zone, program)
    boto("route53").update_hosted_zone_comment(Id=zone.id, Comment="foreign")
    seen = await engine.refresh(zone)
    assert seen
    assert changed(await engine.diff(seen, **program)) == {"comment": "UPDATE"}
    assert await engine.update(seen, **program) == zone
    renamed = await engine.update(zone, **program, tags={"team": "a"})
    assert renamed.outputs["tags"]["team"] == "a"

    www = {"zoneId": zone.id, "name": f"www.{domain}", "type": "A", "records": ["10.0.0.2", "10.0.0.1"], "ttl": 60}
    record = await engine.create("DnsRecord", **www)
    await lives(engine, record, www)
    changes = {**www, "records": ["10.0.0.3"]}
    assert not (await engine.diff(record, **{**www, "records": ["10.0.0.1", "10.0.0.2"]})).changes
    record = await engine.update(record, **changes)
    assert record.outputs["records"] == ["10.0.0.3"]
    await lives(engine, record, changes)
    with pytest.raises(ResourceFailed, match=rf"1 record.*www.{domain} A.*forceDestroy"):
        await engine.delete(zone)
    await dies(engine, record)
    await dies(engine, zone)


async def test_alias_and_wildcard_are_as_declared(engine: Engine) -> None:
    zone = await engine.create("HostedZone", name=f"{uuid.uuid4().hex[:8]}.example.org")
    target = {"name": "front-1.elb.eu-central-1.amazonaws.com", "zoneId": "Z3F0SRJ5LGBH90"}
    program = {"zoneId": zone.id, "name": f"*.{zone.outputs['name']}", "type": "A", "alias": target}
    record = await engine.create("DnsRecord", **program)
    await lives(engine, record, program)
    text = {"zoneId": zone.id, "name": zone.outputs["name"], "type": "TXT", "records": ['"v=spf1 -all"']}
    spf = await engine.create("DnsRecord", "spf", **text)
    assert spf.outputs["ttl"] == 300
    await lives(engine, spf, text)


async def test_foreign_record_is_refused_by_name(engine: Engine, boto: Callable[[str], Any]) -> None:
    zone = await engine.create("HostedZone", name=f"{uuid.uuid4().hex[:8]}.example.org", forceDestroy=True)
    name = f"www.{zone.outputs['name']}"
    mine = {"Name": name, "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "10.0.0.9"}]}
    boto("route53").change_resource_record_sets(
        HostedZoneId=zone.id, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": mine}]}
    )
    program = {"zoneId": zone.id, "name": name, "type": "A", "records": ["10.0.0.9"], "ttl": 60}
    for _ in range(2):  # the second try must not take the first one's trace for a record of its own
        with pytest.raises(ResourceFailed, match=rf"already has A {name}, which this stack has not made"):
            await engine.create("DnsRecord", **program)
    imported = await engine.imported("DnsRecord", f"{zone.id}_{name}_A")
    assert imported
    assert not (await engine.diff(imported, **program)).changes
    await dies(engine, zone)


async def test_record_of_a_killed_run_is_taken_for_its_own(
    engine: Engine, boto: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    zone = await engine.create("HostedZone", name=f"{uuid.uuid4().hex[:8]}.example.org")
    program = {"zoneId": zone.id, "name": zone.outputs["name"], "type": "A", "records": ["10.0.0.1"]}
    await killed_after(engine, monkeypatch, "change_resource_record_sets", "DnsRecord", program)
    record = await engine.create("DnsRecord", **program)
    found = boto("route53").list_resource_record_sets(HostedZoneId=zone.id)["ResourceRecordSets"]
    assert sum(each["Type"] == "A" for each in found) == 1
    await lives(engine, record, program)


async def test_zone_whose_answer_got_lost_is_found(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    account = engine.provider.account  # type: ignore[attr-defined]
    send, made = account.call, []

    async def twice(service: str, method: str, parameters: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = await send(service, method, parameters)
        if method == "create_hosted_zone":
            made.append(answer["HostedZone"]["Id"].rpartition("/")[2])
            refused = {"Error": {"Code": "HostedZoneAlreadyExists"}, "ResponseMetadata": {"HTTPStatusCode": 409}}
            raise ClientError(refused, "CreateHostedZone")
        return answer

    monkeypatch.setattr(account, "call", twice)
    zone = await engine.create("HostedZone", name=f"{uuid.uuid4().hex[:8]}.example.org")
    assert [zone.id] == made
