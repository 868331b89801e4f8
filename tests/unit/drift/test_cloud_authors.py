"""Who did it, by CloudTrail: asked as AWS wants to be asked, matched by name and by words, and never an error."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import ANY, Stubber

from operations.drift.cloud.authors import author
from operations.drift.cloud.suspect import Suspect, with_authors
from operations.drift.cloud.trail import MOST_EVENTS, Write, identity
from operations.drift.finding import Change, DriftReport, Finding

NOW = datetime.now(UTC).replace(microsecond=0)
ACCOUNT = "123456789012"


class Account:
    """An account whose CloudTrail answers what the test says."""

    emulated = True
    """Nobody has to wait between questions."""

    def __init__(self) -> None:
        self.regions: list[str | None] = []
        keys = {"aws_access_key_id": "x", "aws_secret_access_key": "y"}
        self._client = boto3.client("cloudtrail", region_name="eu-central-1", **keys)
        self.stub = Stubber(self._client)
        self.stub.activate()

    def client(self, service: str, region: str | None = None) -> Any:  # noqa: ANN401
        """Return the client."""
        assert service == "cloudtrail"
        self.regions.append(region)
        return self._client

    def answers(self, key: str, value: str, *events: dict[str, Any], token: str = "", after: str = "") -> None:
        """Expect a question, and answer it."""
        asked = {"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}], "StartTime": ANY}
        asked |= {"NextToken": after} if after else {}
        self.stub.add_response("lookup_events", {"Events": events, **({"NextToken": token} if token else {})}, asked)


def event(
    name: str, by: str, *, about: str = "sg-1", ago: int = 60, asked: dict[str, str] | None = None, **more: str
) -> dict[str, Any]:
    detail = {
        "userIdentity": {"type": "IAMUser", "userName": by}, "sourceIPAddress": "203.0.113.7", "userAgent": "aws-cli",
        "requestParameters": asked or {}, **more,
    }  # fmt: skip
    return {
        "EventName": name, "Resources": [{"ResourceName": about}], "ReadOnly": "false", "Username": by,
        "EventTime": NOW - timedelta(seconds=ago),
        "CloudTrailEvent": json.dumps(detail),
    }  # fmt: skip


def write(name: str, by: str, text: str = "", *, is_own: bool = False) -> Write:
    return Write(name, by, "203.0.113.7", NOW, text, is_own)


def finding(kind: str, what: str, change: Change, **more: str) -> Finding:
    return Finding(layer="machines", kind=kind, resource="x", property=what, change=change, **more)


OPENED = finding("SecurityGroup", "ingress tcp 22 0.0.0.0/0", Change.UNRECORDED, now="open")


@pytest.mark.parametrize(
    ("who", "name"),
    [
        ({"type": "IAMUser", "userName": "alice"}, "alice"),
        ({"type": "AssumedRole", "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/Admin/bob@example.org"},
         "Admin/bob@example.org"),
        ({"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root"}, "root of the account"),
        ({"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"}, "autoscaling.amazonaws.com"),
        ({"type": "FederatedUser", "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/carol"}, "carol"),
        ({"type": "IdentityCenterUser", "principalId": "abc"}, "abc"),
    ],
)  # fmt: skip
def test_whoever_it_was_has_a_name(who: dict[str, str], name: str) -> None:
    assert identity(who) == name


def test_the_request_that_names_the_value_is_the_one() -> None:
    writes = [
        write("AuthorizeSecurityGroupIngress", "bob", '{"cidrip": "0.0.0.0/0", "fromport": 443}'),
        write("RevokeSecurityGroupIngress", "carol", '{"cidrip": "0.0.0.0/0", "fromport": 22}'),
        write("AuthorizeSecurityGroupIngress", "alice", '{"cidrip": "0.0.0.0/0", "fromport": 22}'),
        write("CreateTags", "dave", "22 0.0.0.0/0"),
    ]
    found = author(OPENED, writes)
    assert found
    assert (found.name, found.source) == ("alice", "CloudTrail")
    assert found.via == "AuthorizeSecurityGroupIngress from 203.0.113.7"


def test_a_port_is_no_part_of_an_id() -> None:
    writes = [write("AuthorizeSecurityGroupIngress", "bob", '{"groupid": "sg-0022", "cidrip": "0.0.0.0/0"}'),
              write("AuthorizeSecurityGroupIngress", "alice", '{"fromport": "22", "cidrip": "0.0.0.0/0"}')]  # fmt: skip
    found = author(OPENED, writes)
    assert found
    assert found.name == "alice"


def test_people_whose_requests_fit_equally_well_are_all_named() -> None:
    stopped = finding("Instance", "running", Change.CHANGED, was="true", now="false")
    writes = [write("StopInstances", name) for name in ("bob", "alice", "bob")]
    found = author(stopped, writes)
    assert found
    assert found.name == "bob or alice"


@pytest.mark.parametrize(
    ("what", "change", "fitting"),
    [
        ("object", Change.MISSING, "TerminateInstances"),
        ("object", Change.UNRECORDED, "RunInstances"),
        ("tags.team", Change.CHANGED, "AddTagsToResource"),
        ("port", Change.CHANGED, "ModifyListener"),
        ("records", Change.CHANGED, "ChangeResourceRecordSets"),
        ("inlinePolicies.more", Change.UNRECORDED, "PutRolePolicy"),
    ],
)
def test_requests_of_another_kind_are_not_taken_for_it(what: str, change: Change, fitting: str) -> None:
    one = finding("Instance", what, change)
    assert author(one, [write("AssumeRole", "bob"), write("RebootInstances", "bob")]) is None
    assert author(one, [write(fitting, "alice")]) is not None
    assert author(one, [write(fitting, "operator", is_own=True)]) is None


def test_reads_failures_and_slipways_own_requests_are_no_answer() -> None:
    account = Account()
    account.answers(
        "ReadOnly", "false",
        event("AuthorizeSecurityGroupIngress", "bob", errorCode="Client.UnauthorizedOperation"),
        event("AuthorizeSecurityGroupIngress", "operator", userAgent="Boto3/1.40 slipway"),
        event("AuthorizeSecurityGroupIngress", "dave", about="sg-12"),
        {**event("AuthorizeSecurityGroupIngress", "carol"), "ReadOnly": "true"}, token="2",
    )  # fmt: skip
    account.answers("ReadOnly", "false", event("AuthorizeSecurityGroupIngress", "alice"), after="2")
    signed, unchecked = with_authors([Suspect(OPENED, account, ("sg-1",))], None)  # type: ignore[arg-type]
    assert [one.author and one.author.name for one in signed] == ["alice"]
    assert unchecked == []


def test_what_no_event_lists_is_found_in_what_was_asked_for() -> None:
    account, arn = Account(), "arn:aws:elasticloadbalancing:eu-central-1:1:listener/net/a/b"
    others = event("ModifyListener", "bob", about="", ago=5, asked={"listenerArn": f"{arn}c"})
    account.answers("ReadOnly", "false", others, event("ModifyListener", "alice", about="", asked={"listenerArn": arn}))
    changed = finding("Listener", "port", Change.CHANGED, was="80", now="8081")
    signed, _ = with_authors([Suspect(changed, account, (arn,))], None)  # type: ignore[arg-type]
    assert [one.author and one.author.name for one in signed] == ["alice"]


def test_what_is_older_than_the_newest_writes_is_asked_about_by_name() -> None:
    account = Account()
    account.answers("ReadOnly", "false", *(event("CreateTags", "bob", about="vpc-1") for _ in range(MOST_EVENTS + 1)))
    account.answers("ResourceName", "sg-1")
    account.answers("ResourceName", "machines", event("AuthorizeSecurityGroupIngress", "alice", about="machines"))
    signed, _ = with_authors([Suspect(OPENED, account, ("sg-1", "machines"))], None)  # type: ignore[arg-type]
    assert [one.author and one.author.name for one in signed] == ["alice"]


def test_roles_and_names_are_asked_about_where_their_events_are() -> None:
    account = Account()
    account.answers("ReadOnly", "false", event("PutRolePolicy", "alice", about="machine"))
    account.answers("ReadOnly", "false", event("AuthorizeSecurityGroupIngress", "bob"))
    policy = finding("InstanceRole", "inlinePolicies.more", Change.UNRECORDED)
    suspects = [Suspect(policy, account, ("machine",)), Suspect(OPENED, account, ("sg-1",))]  # type: ignore[arg-type]
    assert [one.author and one.author.name for one in with_authors(suspects, None)[0]] == ["alice", "bob"]
    assert account.regions == ["us-east-1", None]


def test_all_resources_of_a_region_take_one_question() -> None:
    account = Account()
    account.answers(
        "ReadOnly", "false",
        event("AuthorizeSecurityGroupIngress", "alice"), event("AuthorizeSecurityGroupIngress", "bob", about="sg-2"),
    )  # fmt: skip
    suspects = [Suspect(OPENED, account, (name,)) for name in ("sg-1", "sg-2", "sg-3")]  # type: ignore[arg-type]
    signed, _ = with_authors(suspects, None)
    assert [one.author and one.author.name for one in signed] == ["alice", "bob", None]


def test_a_trail_that_may_not_be_read_is_said_once_and_hides_nothing() -> None:
    account = Account()
    account.stub.add_client_error("lookup_events", "AccessDeniedException", "not allowed: cloudtrail:LookupEvents")
    suspects = [Suspect(OPENED, account, ("sg-1",)), Suspect(OPENED, account, ("sg-2",))]  # type: ignore[arg-type]
    signed, unchecked = with_authors(suspects, None)
    assert [one.author for one in signed] == [None, None]
    assert [(one.what, "authors are not known" in one.why) for one in unchecked] == [("CloudTrail", True)]


@pytest.mark.parametrize(("is_known", "name"), [(False, None), (True, "alice")])
def test_only_what_was_done_since_the_last_look_explains_what_is_new(*, is_known: bool, name: str | None) -> None:
    before = DriftReport(
        environment="shop", checked_at=NOW, seconds=1, layers=("machines",), findings=(OPENED,) if is_known else (),
        looked_at={"machines": NOW - timedelta(minutes=10)},
    )  # fmt: skip
    account = Account()
    account.answers("ReadOnly", "false", event("AuthorizeSecurityGroupIngress", "alice", ago=3600))
    signed, _ = with_authors([Suspect(OPENED, account, ("sg-1",))], before)  # type: ignore[arg-type]
    assert (signed[0].author and signed[0].author.name) == name
