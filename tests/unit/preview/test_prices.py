"""The price table of the monthly estimate."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from operations.preview.cost.prices import load_prices


def test_table_has_the_same_types_everywhere_and_sane_prices() -> None:
    regions = load_prices().regions
    assert {"us-east-1", "eu-central-1", "eu-west-1"} <= set(regions)
    for prices in regions.values():
        assert {family: list(sizes) for family, sizes in prices.instance_hour.items()} == {
            family: list(sizes) for family, sizes in regions["eu-central-1"].instance_hour.items()
        }
        for sizes in prices.instance_hour.values():
            hours = list(sizes.values())
            # Each size is twice the one before, up to what is rounded away.
            assert all(abs(larger / smaller - 2) < Decimal("0.08") for smaller, larger in pairwise(hours))
