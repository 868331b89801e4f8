"""The digest that decides whether an image is built again, and the archive that is built from."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest

from plugins.docker.build_context import BuildContext, go_mode
from plugins.rpc.errors import ResourceFailed

# Made with Go's filepath.WalkDir, EvalSymlinks and FileMode.String and moby/patternmatcher v0.6.0 over `context` below.
DIGEST_FROM_OUTSIDE = "7d6dd87b6a98566c4b2be11f9e14b22d0ed343c61efa85a13518c370e20b8c12"
DIGEST_FROM_INSIDE = "702dce66e619c983afa834502dbc8bdcfc2ca766857aa447d178a2dbb2d77c40"

FILES = {
    "Dockerfile": ("FROM scratch\nCOPY . /\n", 0o644),
    "app/src/main.js": ("one\n", 0o644),
    "app/node_modules/x/i.js": ("two\n", 0o644),
    "app/node_modules/keep.txt": ("keep\n", 0o644),
    "app/a.txt": ("b\n", 0o644),
    "app/a/z.log": ("c\n", 0o644),
    "docs/README.md": ("# Title\n", 0o644),
    "docs/secret.md": ("x\n", 0o600),
    "bin/run": ("#!/bin/sh\n", 0o755),
    "bin/setuid": ("s", 0o4755),
    ".dockerignore": (
        "# comment\n\n  /app/node_modules  \n!app/node_modules/keep.txt\n**/*.log\ndocs/s[a-e]*.md\n?ockerfile\n",
        0o644,
    ),
}
LINKS = {
    "app/link": "../docs/README.md",
    "bin/abs": "/etc",
    "dirlink": "app/src",
    "app/through": "../dirlink/main.js",
}


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BuildContext:
    root = tmp_path / "ctx"
    for name, (text, mode) in FILES.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
    for name, target in LINKS.items():
        (root / name).symlink_to(target)
    monkeypatch.chdir(tmp_path)
    return BuildContext(Path("ctx"), Path("ctx/Dockerfile"))


def test_digest_is_that_of_the_official_plugin(context: BuildContext) -> None:
    assert context.digest() == DIGEST_FROM_OUTSIDE


def test_digest_of_the_current_directory_is_that_of_the_official_plugin(
    context: BuildContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(context.directory)
    assert BuildContext(Path(), Path("Dockerfile")).digest() == DIGEST_FROM_INSIDE


@pytest.mark.parametrize("name", ["app/node_modules/x/i.js", "app/a/z.log", "docs/secret.md"])
def test_digest_does_not_see_ignored_files(context: BuildContext, name: str) -> None:
    (context.directory / name).write_text("changed")
    assert context.digest() == DIGEST_FROM_OUTSIDE


@pytest.mark.parametrize("name", ["Dockerfile", "app/node_modules/keep.txt", "bin/run", ".dockerignore"])
def test_digest_sees_changed_files(context: BuildContext, name: str) -> None:
    path = context.directory / name
    path.write_text(path.read_text() + "\n# changed\n")
    assert context.digest() != DIGEST_FROM_OUTSIDE


def test_digest_sees_a_changed_mode(context: BuildContext) -> None:
    (context.directory / "bin/run").chmod(0o644)
    assert context.digest() != DIGEST_FROM_OUTSIDE


def test_digest_sees_a_renamed_file(context: BuildContext) -> None:
    (context.directory / "app/a.txt").rename(context.directory / "app/b.txt")
    assert context.digest() != DIGEST_FROM_OUTSIDE


def test_digest_does_not_care_where_the_dockerfile_is(context: BuildContext) -> None:
    elsewhere = Path("elsewhere")
    elsewhere.write_text(context.dockerfile.read_text())
    assert BuildContext(context.directory, elsewhere).digest() == DIGEST_FROM_OUTSIDE


def test_ignore_file_of_the_dockerfile_goes_first(context: BuildContext) -> None:
    (context.directory / "Dockerfile.dockerignore").write_text("*\n!bin\n")
    assert list(context.files()) == ["bin/abs", "bin/run", "bin/setuid"]


def test_a_link_to_nowhere_is_named(context: BuildContext) -> None:
    (context.directory / "lost").symlink_to("nowhere")
    with pytest.raises(ResourceFailed, match="points nowhere: ctx/lost"):
        context.digest()


def _archived(context: BuildContext) -> tuple[str, dict[str, tarfile.TarInfo]]:
    buffer = io.BytesIO()
    name = context.write_archive(buffer)
    buffer.seek(0)
    with tarfile.open(fileobj=buffer) as archive:
        return name, {member.name: member for member in archive.getmembers()}


def test_archive_has_what_counts_and_what_the_engine_needs(context: BuildContext) -> None:
    name, members = _archived(context)
    assert name == "Dockerfile"
    assert set(members) == {*context.files(), "Dockerfile", ".dockerignore"}
    assert {(member.uid, member.gid, member.uname) for member in members.values()} == {(0, 0, "")}
    assert members["app/link"].linkname == "../docs/README.md"
    assert members["bin/run"].mode == 0o755


def test_archive_takes_a_dockerfile_from_outside(context: BuildContext) -> None:
    Path("other.Dockerfile").write_text("FROM scratch\n")
    name, members = _archived(BuildContext(context.directory, Path("other.Dockerfile")))
    assert name.startswith(".dockerfile.")
    assert members[name].size == len("FROM scratch\n")


@pytest.mark.parametrize(
    ("mode", "text"),
    [
        (0, "----------"),
        (0o100644, "-rw-r--r--"),
        (0o100755, "-rwxr-xr-x"),
        (0o120777, "Lrwxrwxrwx"),
        (0o104755, "urwxr-xr-x"),
        (0o102711, "grwx--x--x"),
        (0o010600, "prw-------"),
    ],
)
def test_modes_are_written_as_go_does(mode: int, text: str) -> None:
    assert go_mode(mode) == text
