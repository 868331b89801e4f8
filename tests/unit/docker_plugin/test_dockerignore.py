"""Ignore patterns; cases follow moby/patternmatcher's own documentation."""

from __future__ import annotations

import pytest

from plugins.docker.dockerignore import IgnoreRules, cleaned
from plugins.rpc.errors import ResourceFailed

CASES = [
    # lines, name, ignored
    (["*.md"], "README.md", True),
    (["*.md"], "docs/README.md", False),
    (["**/*.md"], "docs/README.md", True),
    (["**/*.md"], "README.md", True),
    (["*/temp*"], "somedir/temporary.txt", True),
    (["*/temp*"], "somedir/subdir/temporary.txt", False),
    (["*/*/temp*"], "somedir/subdir/temporary.txt", True),
    (["temp?"], "tempa", True),
    (["temp?"], "temp", False),
    (["docs"], "docs/deep/file", True),
    (["docs/"], "docs/file", True),
    (["/docs"], "docs/file", True),
    (["./docs/../docs"], "docs/file", True),
    (["docs"], "docs2/file", False),
    (["*.md", "!README*.md"], "README.md", False),
    (["*.md", "!README*.md", "README-secret.md"], "README-secret.md", True),
    (["*.md", "README-secret.md", "!README*.md"], "README-secret.md", False),
    (["*", "!src/**"], "src/a/b", False),
    (["*", "!src"], "src/a/b", False),
    (["*", "!src", "src/private"], "src/private/key", True),
    (["**"], "any/thing", True),
    (["a/**/z"], "a/z", True),
    (["a/**/z"], "a/b/c/z", True),
    (["a/**"], "a/b", True),
    (["[a-c]x"], "bx", True),
    (["[^a-c]x"], "bx", False),
    (["a.b"], "aXb", False),
    (["a\\*b"], "a*b", True),
    (["a\\*b"], "aXb", False),
]


@pytest.mark.parametrize(("lines", "name", "ignored"), CASES)
def test_pattern(lines: list[str], name: str, ignored: bool) -> None:  # noqa: FBT001 - data
    assert IgnoreRules(lines).ignores(name) is ignored


def test_comments_and_blank_lines_are_no_patterns() -> None:
    assert cleaned(["# x", "", "   ", " a ", "! b "]) == ["a", "!b"]


def test_a_tree_with_something_kept_is_walked() -> None:
    assert IgnoreRules(["node_modules"]).ignores_tree("node_modules")
    assert not IgnoreRules(["node_modules", "!node_modules/keep"]).ignores_tree("node_modules")


@pytest.mark.parametrize("line", ["!", "[a"])
def test_a_broken_pattern_is_named(line: str) -> None:
    with pytest.raises(ResourceFailed, match="is no pattern"):
        IgnoreRules([line])
