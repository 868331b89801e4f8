"""Which write in the trail made a difference: by what it is called, and by the words that the difference consists of.

It is pure. Where several people's writes fit equally well, all of them are named.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from operations.drift.finding import Author, Change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from operations.drift.cloud.trail import Write
    from operations.drift.finding import Finding

SOURCE = "CloudTrail"
# How the property begins -> what requests that change it are called. The first that fits counts.
EVENTS = (
    ("tags", r"Tag"),
    ("name", r"Tag"),
    ("ingress", r"SecurityGroup(RuleDescriptions)?Ingress|SecurityGroupRules"),
    ("egress", r"SecurityGroup(RuleDescriptions)?Egress|SecurityGroupRules"),
    ("route", r"(Create|Delete|Replace)Route$"),
    ("subnetIds", r"RouteTable|SetSubnets"),
    ("securityGroupIds", r"SetSecurityGroups|LaunchTemplate|ModifyInstanceAttribute"),
    ("running", r"(Start|Stop)Instances|RunInstances"),
    ("publicIp", r"Address|(Start|Stop)Instances"),
    ("inlinePolicies", r"RolePolicy$"),
    ("managedPolicyArns", r"RolePolicy$"),
    ("assumeService", r"AssumeRolePolicy"),
    ("immutableTags", r"ImageTagMutability"),
    ("scanOnPush", r"ImageScanning"),
    ("lifecycle", r"LifecyclePolicy"),
    ("publicAccessBlocked", r"PublicAccessBlock"),
    ("tlsOnly", r"BucketPolicy"),
    ("versioned", r"BucketVersioning"),
    ("oldVersionsDays", r"Lifecycle"),
    ("encryption", r"Encryption"),
    ("records", r"ChangeResourceRecordSets"),
    ("alias", r"ChangeResourceRecordSets"),
    ("ttl", r"ChangeResourceRecordSets"),
)
MADE = r"^(Create|Run|Register|Allocate|Attach|Import|Accept)|^ChangeResourceRecordSets"
GONE = r"^(Delete|Terminate|Deregister|Release|Detach)|^ChangeResourceRecordSets|BidEvictedEvent"
OTHER = r"^(?!.*Tag)(Modify|Set|Put|Update|Change|Associate|Disassociate|Replace|Attach|Detach|Delete)|LaunchTemplate"
VERBS = {
    Change.MISSING: "Revoke|Delete|Detach|Remove|Untag|Disassociate",
    Change.UNRECORDED: "Authorize|Create|Put|Attach|Add|Tag|Associate|Register",
}
WORD = re.compile(r"[\w.:/-]{3,}|\d+")
NO_WORDS = frozenset(
    {"present", "open", "true", "false", "tcp", "udp", "all", "itself", "object", "secret", "registered"}
)
"""Words of ours, and those that every request has."""


def author(finding: Finding, writes: Sequence[Write]) -> Author | None:
    """Tell who made a difference.

    Args:
        finding: What was found.
        writes: Those to its resource since it was as recorded, the newest first.
    """
    fitting = [one for one in writes if fits(finding, one)]
    if not fitting:
        return None
    words, verb = _words(finding), VERBS.get(finding.change, "")
    marks = [(sum(one.says(word) for word in words), re.match(verb, one.event) is not None) for one in fitting]
    best = [one for one, mark in zip(fitting, marks, strict=True) if mark == max(marks)]
    # What names the very value is the one; of several such, the newest made what is there now.
    chosen = best[:1] if max(marks)[0] else best
    names = " or ".join(dict.fromkeys(one.name for one in chosen))
    last = chosen[0]
    via = f"{last.event} from {last.source}" if last.source else last.event
    return Author(name=names, via=via, at=last.at, source=SOURCE)


def fits(finding: Finding, write: Write) -> bool:
    """Say whether a request is of the kind that makes such a difference."""
    return not write.is_own and re.search(_pattern(finding), write.event) is not None


def _pattern(finding: Finding) -> str:
    if finding.property == "object":
        return GONE if finding.change is Change.MISSING else MADE
    return next((pattern for begin, pattern in EVENTS if finding.property.startswith(begin)), OTHER)


def _words(finding: Finding) -> set[str]:
    """Return the words of a difference that its request would have in it, too."""
    begin = next((begin for begin, _ in EVENTS if finding.property.startswith(begin)), "")
    texts = [finding.property.removeprefix(begin).lstrip(". "), finding.now]
    if finding.property == "object":
        texts = [finding.resource]
    words = {word.lower() for text in texts for word in WORD.findall(text)}
    # `i-0a1b:4444` is two words in a request, and `slipway:project` one.
    return (words | {part for word in words for part in word.split(":") if part}) - NO_WORDS
