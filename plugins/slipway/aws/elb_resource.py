"""What the resource types of Elastic Load Balancing share: names of their own, attributes, tags, and being found again.

Their names must be unique and short. Each gets one made of the tag ``Name`` and the token of its creation, so that a
replacement can be there beside what it replaces, and a run after a kill finds what was made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from plugins.rpc.schema import STRING
from plugins.slipway.aws import tags
from plugins.slipway.aws.failure import AwsFailed
from plugins.slipway.aws.resource import AwsResource

if TYPE_CHECKING:
    from collections.abc import Mapping

    from plugins.rpc.resource import Properties
    from plugins.slipway.aws.api import Api

LONGEST_NAME: Final = 32
_LONGEST_SUFFIX: Final = 8  # what Api.unique_name adds
PROTOCOL: Final = STRING.one_of("TCP", "UDP", "TCP_UDP").by_default("TCP")


def port_problem(port: int) -> str:
    """Complete 'it must be ...' for a number that is no port."""
    return "" if 1 <= port <= 65535 else "between 1 and 65535"  # noqa: PLR2004 - RFC 9293


class ElbResource(AwsResource):
    """One type of thing that Elastic Load Balancing names, describes by ARN, and tags. Its id is its ARN."""

    listing: ClassVar[tuple[str, str, str, str]]
    """The method that lists them, the key of the list in its answer, and of the name and the ARN in an item."""
    in_use = frozenset({"ResourceInUse", "DependencyViolation"})

    def physical_name(self, api: Api, wanted: Properties) -> str:
        """Return the name for AWS: at most 32 letters, digits and dashes, no dash at either end."""
        plain = "".join(
            sign if sign.isascii() and sign.isalnum() else "-" for sign in wanted.get("name") or api.ctx.name
        )
        return api.unique_name(plain[: LONGEST_NAME - _LONGEST_SUFFIX].strip("-") or "slipway")

    async def look(self, api: Api, id: str) -> dict[str, Any] | None:  # noqa: A002
        """Return the thing as AWS describes it."""
        method, items, _, arn = self.listing
        return await api.first("elbv2", method, items, **{f"{arn}s": [id]})

    async def made_once(self, api: Api, method: str, **parameters: Any) -> str:  # noqa: ANN401
        """Make it and return its ARN, also when a killed run has made it under the same name."""
        look, items, _, arn = self.listing
        try:
            answer = await api.call("elbv2", method, **parameters)
        except AwsFailed as failed:
            if not failed.code.startswith("Duplicate"):
                raise
            found = await api.first("elbv2", look, items, Names=[parameters["Name"]])
            if found is None:
                raise
            return str(found[arn])
        return str(answer[items][0][arn])

    async def made_before(self, api: Api) -> str | None:
        """Find it by the token in its name."""
        method, items, name, arn = self.listing
        found = await api.listed("elbv2", method, items)
        return next((str(item[arn]) for item in found if item[name].endswith(api.unique_name(""))), None)

    async def tags_of(self, api: Api, id: str) -> dict[str, str]:  # noqa: A002
        """Return the tags that people gave."""
        found = await api.first("elbv2", "describe_tags", "TagDescriptions", ResourceArns=[id])
        return tags.from_api(found["Tags"] if found else [])

    async def retag(self, api: Api, id: str, put: dict[str, str], drop: list[str]) -> None:  # noqa: A002
        """Set and remove tags."""
        if put:
            await api.call("elbv2", "add_tags", ResourceArns=[id], Tags=tags.to_api(put))
        if drop:
            await api.call("elbv2", "remove_tags", ResourceArns=[id], TagKeys=drop)


def attributes(wanted: Mapping[str, object]) -> list[dict[str, str]]:
    """Return attributes as the API takes them, where everything is a text."""
    return [
        {"Key": key, "Value": str(value).lower() if isinstance(value, bool) else str(value)}
        for key, value in wanted.items()
        if value is not None
    ]
