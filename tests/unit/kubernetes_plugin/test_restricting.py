"""What of a live object is ours."""

from hypothesis import given
from hypothesis import strategies as st

from plugins.kubernetes.comparing.restricting import restrict

TREES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=3), children, max_size=3),
    max_leaves=10,
)


@given(TREES)
def test_what_did_not_change_stays_as_it_was_written(tree: object) -> None:
    assert restrict(tree, tree) == tree


@given(TREES, TREES)
def test_restricting_twice_is_restricting_once(live: object, inputs: object) -> None:
    once = restrict(live, inputs)
    assert restrict(once, inputs) == once


def test_containers_are_matched_by_name() -> None:
    inputs = {"containers": [{"name": "app", "image": "a:1"}]}
    live = {"containers": [{"name": "sidecar", "image": "s"}, {"name": "app", "image": "a:1", "tty": False}]}
    assert restrict(live, inputs) == inputs


def test_a_list_of_plain_values_is_ours_as_a_whole_but_finalizers_are_shared() -> None:
    assert restrict({"args": ["a", "b"]}, {"args": ["a"]}) == {"args": ["a", "b"]}
    shared = {"metadata": {"finalizers": ["ours"]}}
    assert restrict({"metadata": {"finalizers": ["ours", "theirs"]}}, shared) == shared


def test_what_somebody_removed_is_missing() -> None:
    assert restrict({"data": {}}, {"data": {"k": "v"}}) == {"data": {}}
