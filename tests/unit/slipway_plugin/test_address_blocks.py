"""Blocks of addresses stay with the names that have them, whatever comes and goes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plugins.rpc.resource import Context
from plugins.slipway.resources.address_blocks import AddressBlocksResource, assign

COUNT = 15
NAMES = st.lists(st.sampled_from([f"pool-{number}" for number in range(30)]), max_size=COUNT, unique=True)
BLOCKS = AddressBlocksResource()


@given(st.lists(NAMES, min_size=1, max_size=6))
def test_every_name_has_a_block_of_its_own_and_keeps_it(steps: list[list[str]]) -> None:
    blocks: dict[str, int] = {}
    latest = -1
    for names in steps:
        before = blocks
        blocks, latest = assign(names, COUNT, before, latest)

        assert sorted(blocks) == sorted(names)
        assert len(set(blocks.values())) == len(names)
        assert set(blocks.values()) <= set(range(COUNT))
        assert all(blocks[name] == before[name] for name in before.keys() & blocks.keys())


@given(NAMES, NAMES)
def test_a_new_name_waits_for_no_block_of_one_that_goes(before: list[str], after: list[str]) -> None:
    old, latest = assign(before, COUNT)
    new, _ = assign(after, COUNT, old, latest)

    if len({*before, *after}) <= COUNT:
        assert not {new[name] for name in new.keys() - old.keys()} & set(old.values())


def test_the_first_names_get_their_blocks_in_order() -> None:
    # Environments from before blocks were remembered have their machines at these places.
    assert assign(["general", "database"], COUNT) == ({"general": 0, "database": 1}, 1)


def test_a_block_that_became_free_is_given_last() -> None:
    blocks, latest = assign(["a", "b"], COUNT)
    blocks, latest = assign(["b"], COUNT, blocks, latest)
    blocks, latest = assign(["b", "c"], COUNT, blocks, latest)

    assert blocks == {"b": 1, "c": 2}


async def test_names_in_another_order_change_nothing() -> None:
    inputs, other = ({"names": names, "count": COUNT} for names in (["a", "b"], ["b", "a"]))
    made = await BLOCKS.create(Context(), inputs)

    assert not (await BLOCKS.diff(Context(), made.id, inputs, made.outputs, other)).changes
    more = {"names": ["b", "a", "c"], "count": COUNT}
    assert (await BLOCKS.diff(Context(), made.id, inputs, made.outputs, more)).changes
    assert (await BLOCKS.update(Context(), made.id, inputs, made.outputs, more))["blocks"] == {"a": 0, "b": 1, "c": 2}


async def test_a_preview_knows_the_blocks() -> None:
    made = await BLOCKS.create(Context(preview=True), {"names": ["a"], "count": COUNT})

    assert (made.id, made.outputs["blocks"]) == ("", {"a": 0})


async def test_what_is_missing_is_named() -> None:
    checked = await BLOCKS.check(Context(), None, {})

    assert [failure.property for failure in checked.failures] == ["names", "count"]


@pytest.mark.parametrize(
    ("names", "count", "said"), [(["a", "a"], 3, "has a name twice"), (["a", "b", "c"], 2, "are 3, and there are 2")]
)
async def test_names_that_cannot_have_blocks_are_refused(names: list[str], count: int, said: str) -> None:
    checked = await BLOCKS.check(Context(), None, {"names": names, "count": count})

    assert [(failure.property, said in failure.reason) for failure in checked.failures] == [("names", True)]
