"""The parts of ministack that are no public interface and are used all the same: its records and its tables of actions.

Everything here is looked up once, so that a version that lacks something fails at the start with the name of it.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Parameters = Mapping[str, Any]
    Answer = tuple[int, dict[str, str], bytes]
    Action = Callable[[Parameters], Answer]

_ec2 = importlib.import_module("ministack.services.ec2")
_alb = importlib.import_module("ministack.services.alb")
_iam = importlib.import_module("ministack.services.iam")
ecr: Any = importlib.import_module("ministack.services.ecr")
app: Any = importlib.import_module("ministack.app")
"""Its attribute `app` answers everything."""

# Stores answer for the account and region of the request that is being handled; `all_values()` for every one.
instances: Any = _ec2._instances
subnets: Any = _ec2._subnets
key_pairs: Any = _ec2._key_pairs
tags: Any = _ec2._tags
nat_gateways: Any = _ec2._nat_gateways
addresses: Any = _ec2._addresses
security_groups: Any = _ec2._security_groups
launch_templates: Any = _ec2._launch_templates
load_balancers: Any = _alb._lbs
listeners: Any = _alb._listeners
target_groups: Any = _alb._tgs
target_group_attributes: Any = _alb._tg_attrs
targets: Any = _alb._targets

ec2_actions: dict[str, Action] = _ec2._ACTION_MAP
elb_actions: dict[str, Action] = _alb._ACTION_MAP
elb_answer: Callable[[int, str, str], Answer] = _alb._xml
ec2_error: Callable[[str, str, int], Answer] = _ec2._error
ec2_answer: Callable[[int, str, str], Answer] = _ec2._xml
rules_of: Callable[[Parameters, str], list[dict[str, Any]]] = _ec2._parse_ip_permissions
is_same_rule: Callable[[dict[str, Any], dict[str, Any]], bool] = _ec2._rules_match
save_tags: Callable[[Parameters, str, str], None] = _ec2._parse_tag_specs


def user_of_key(access_key: str) -> str:
    """Return the user of IAM that a key belongs to; the key itself where it is nobody's: any is accepted."""
    owners = (entry["UserName"] for (_, key), entry in _iam._access_keys.to_dict().items() if key == access_key)
    return next(owners, access_key)


def first(parameters: Parameters, name: str) -> str:
    """Return a parameter of a request, the empty text when it is absent."""
    value = parameters.get(name, "")
    return str(value[0] if value else "") if isinstance(value, list) else str(value)
