"""The estimate in words that all forms of the page share.

It deliberately writes no markup: that is for the forms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

    from operations.preview.cost.estimate import CostEstimate, CostLine

HEADS = ("", "before", "after", "difference")


def title(cost: CostEstimate) -> str:
    """Return the sum in one line."""
    # What has no price makes it more, never less.
    least = "at least " if cost.unknown else ""
    return f"Cost a month: {least}{money(cost.after)} {cost.currency} ({signed(cost.difference)})"


def rows(cost: CostEstimate) -> list[tuple[str, str, str, str]]:
    """Return a row for each kind, and the total last."""
    total = ("total", money(cost.before), money(cost.after), signed(cost.difference))
    return [
        *((_kind(line), money(line.before), money(line.after), signed(line.difference)) for line in cost.lines),
        total,
    ]


def notes(cost: CostEstimate) -> list[str]:
    """Return what a reader must know beside the sums."""
    return [
        *(f"Unknown price, in no sum: {each}." for each in cost.unknown),
        *([f"Not in it: {'; '.join(cost.not_in_it)}."] if cost.not_in_it else []),
        f"Approximate, {cost.hours_a_month} h a month, prices of {cost.priced_on}: {cost.source}.",
    ]


def money(amount: Decimal) -> str:
    """Return an amount to the cent."""
    return f"{amount:,.2f}"


def signed(amount: Decimal) -> str:
    """Return a difference with its sign; none for nothing."""
    return f"{amount:+,.2f}" if amount else "0.00"


def _kind(line: CostLine) -> str:
    many = f"{line.count_before} → {line.count_after}" if line.count_before != line.count_after else line.count_after
    return f"{line.kind} ({many})"
