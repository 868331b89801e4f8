"""Property paths in Pulumi's syntax."""

import pytest

from plugins.kubernetes.model.property_path import contains, parse_path, with_path, without_path


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("spec.replicas", ("spec", "replicas")),
        ('metadata.labels["a.b/c"]', ("metadata", "labels", "a.b/c")),
        ("spec.containers[0].image", ("spec", "containers", 0, "image")),
        ("spec.list[*].x", ("spec", "list", "*", "x")),
        ('["a\\"b"]', ('a"b',)),
    ],
)
def test_paths_are_parsed(text: str, path: tuple[str | int, ...]) -> None:
    assert parse_path(text) == path


def test_what_is_no_path_is_refused() -> None:
    with pytest.raises(ValueError, match="character 5"):
        parse_path("spec[x]")


def test_a_mask_covers_what_lies_below_it() -> None:
    assert contains(("spec",), ("spec", "a", 0))
    assert contains(("spec", "*", "x"), ("spec", 3, "x"))
    assert not contains(("spec", "a"), ("spec",))


def test_values_are_set_and_removed_without_touching_the_original() -> None:
    obj = {"a": [{"b": 1}], "c": 2}
    assert with_path(obj, ("a", 0, "b"), 3) == {"a": [{"b": 3}], "c": 2}
    assert without_path(obj, ("a", 0, "b")) == {"a": [{}], "c": 2}
    assert without_path(obj, ("x", "y")) == obj
    assert obj == {"a": [{"b": 1}], "c": 2}
