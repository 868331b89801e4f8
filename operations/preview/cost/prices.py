"""The price table: what is in prices.yaml, checked when it is read.

It deliberately fetches nothing: an estimate must not depend on credentials, and its prices are reviewed like code.
"""

from __future__ import annotations

import datetime as dt  # noqa: TC003 - pydantic reads the annotations at run time
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

TABLE = Path(__file__).with_name("prices.yaml")

# By way of its text, as 0.1 of YAML is a binary number that is not 0.1.
Price = Annotated[Decimal, BeforeValidator(str), Field(ge=0)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, alias_generator=to_camel, extra="forbid")


class RegionPrices(_Model):
    """What things cost in one region, in the table's currency."""

    instance_hour: dict[str, dict[str, Price]]
    """By family and size: `t3`, `large`."""
    gp3_gib_month: Price
    nat_gateway_hour: Price
    nat_gateway_gb: Price
    network_load_balancer_hour: Price
    network_load_balancer_unit_hour: Price
    public_address_hour: Price
    ecr_gb_month: Price
    s3_gb_month: Price
    hosted_zone_month: Price

    def instance(self, instance_type: str) -> Decimal | None:
        """Return the price of an hour on demand; None when the table does not have the type."""
        family, _, size = instance_type.partition(".")
        return self.instance_hour.get(family, {}).get(size)


class Prices(_Model):
    """The whole table."""

    date: dt.date
    source: str
    currency: str
    spot_share: Annotated[Price, Field(gt=0, le=1)]
    """What a spot instance typically costs of its on-demand price."""
    regions: dict[str, RegionPrices]


@cache
def load_prices(path: Path = TABLE) -> Prices:
    """Return the table."""
    return Prices.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
