"""The estimate: what each kind costs a month before and after the update, and what the sum leaves out.

It deliberately rounds each line to cents and adds up the lines, so that the total is what a reader gets who adds, too;
and it never counts what is unknown as nothing without saying so.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic reads the annotations at run time
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer
from pydantic.alias_generators import to_camel

from operations.preview.cost.parts import HOURS, NOT_IN_IT, parts_of
from operations.preview.cost.prices import load_prices
from operations.preview.cost.side import Side

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from operations.preview.cost.parts import Part
    from operations.preview.cost.prices import Prices
    from operations.preview.plan import Plan

CENT = Decimal("0.01")
Money = Annotated[Decimal, PlainSerializer(float, return_type=float, when_used="json")]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


class CostLine(_Model):
    """One kind of thing that is paid for."""

    kind: str
    count_before: int
    count_after: int
    before: Money
    """A month, without those whose price is unknown."""
    after: Money
    difference: Money
    """What the update adds."""


class CostEstimate(_Model):
    """What the environment costs a month."""

    currency: str
    priced_on: dt.date
    """The date of the price table."""
    source: str
    hours_a_month: int = HOURS
    before: Money
    """The sum of all lines, as are the other two."""
    after: Money
    difference: Money
    lines: list[CostLine]
    unknown: list[str]
    """What has no price, by name, and why. It is in no sum."""
    not_in_it: list[str]


def estimate(plan: Plan, *, default_region: str | None = None, table: Prices | None = None) -> CostEstimate | None:
    """Return the estimate of a plan; None when nothing in it is AWS's, or it is not complete.

    Args:
        plan: What the engine intends.
        default_region: The region of resources whose provider names none.
        table: Prices; those of the repository when omitted.
    """
    table = table or load_prices()
    sides = [Side.before(plan, default_region), Side.after(plan, default_region)]
    if not plan.complete or not any(side.found for side in sides):
        return None
    before, after = ([part for each in side.found for part in parts_of(side, each, table)] for side in sides)
    lines = [_line(kind, before, after) for kind in sorted({part.kind for part in (*before, *after)})]
    sums = [sum((line.before for line in lines), Decimal(0)), sum((line.after for line in lines), Decimal(0))]
    return CostEstimate(
        currency=table.currency,
        priced_on=table.date,
        source=table.source,
        before=sums[0],
        after=sums[1],
        difference=sums[1] - sums[0],
        lines=lines,
        unknown=sorted({part.unknown for part in (*before, *after) if part.month is None}),
        not_in_it=_not_in_it(sides, table),
    )


def _line(kind: str, before: Sequence[Part], after: Sequence[Part]) -> CostLine:
    counts = [Counter(part.kind for part in side)[kind] for side in (before, after)]
    sums = [_sum(part.month for part in side if part.kind == kind) for side in (before, after)]
    return CostLine(
        kind=kind,
        count_before=counts[0],
        count_after=counts[1],
        before=sums[0],
        after=sums[1],
        difference=sums[1] - sums[0],
    )


def _sum(months: Iterable[Decimal | None]) -> Decimal:
    return sum((month for month in months if month is not None), Decimal(0)).quantize(CENT)


def _not_in_it(sides: Sequence[Side], table: Prices) -> list[str]:
    said: dict[str, None] = {}
    for side in sides:
        for each in side.found:
            prices = table.regions.get(side.region(each) or "")
            if prices and each.type in NOT_IN_IT:
                said[NOT_IN_IT[each.type](prices)] = None
    return sorted(said)
