"""Which line of a Dockerfile a builder's step is."""

from __future__ import annotations

import pytest

from plugins.docker.base_images import base_images
from plugins.docker.dockerfile import instructions, line_of_step

DOCKERFILE = """\
# syntax=docker/dockerfile:1

ARG TAG=1
FROM base:${TAG}
# what it needs
RUN apt-get update \\
  # not an end

  && apt-get install -y make
ENV A=b
COPY ${A} /x
RUN make
RUN <<END
RUN make
END
workdir /srv
"""


def test_instructions_are_joined_and_stand_where_they_begin() -> None:
    assert [(one.line, one.words[0]) for one in instructions(DOCKERFILE)] == [
        (3, "ARG"),
        (4, "FROM"),
        (6, "RUN"),
        (10, "ENV"),
        (11, "COPY"),
        (12, "RUN"),
        (13, "RUN"),
        (16, "WORKDIR"),
    ]
    assert " ".join(instructions(DOCKERFILE)[2].words) == "RUN apt-get update && apt-get install -y make"


@pytest.mark.parametrize(
    ("step", "line"),
    [
        ("[2/6] RUN apt-get update   && apt-get install -y make", 6),
        ("[3/6] COPY b /x", 11),  # the builder filled in the variable
        ("[4/6] RUN make", 12),
        ("Step 6/8 : RUN make", 12),
        ("Step 5/8 : COPY b /x", 11),
        ("[build 4/6] RUN make", 12),
        ("[internal] load build context", None),
        ("exporting to image", None),
        ("", None),
    ],
)
def test_line_of_a_step(step: str, line: int | None) -> None:
    assert line_of_step(DOCKERFILE, step) == line


def test_equal_lines_are_told_apart_by_their_number_where_there_is_one_stage() -> None:
    twice = "FROM a\nRUN make\nRUN true\nRUN make\n"
    assert [line_of_step(twice, f"[{number}/4] RUN make") for number in (2, 4)] == [2, 4]
    assert line_of_step("FROM a AS one\nRUN x $A\nFROM b\nRUN y $A\n", "[one 2/2] RUN x 1") is None


def test_another_escape_character() -> None:
    assert [one.line for one in instructions("# escape=`\nFROM a\nRUN x `\n  y\nRUN c:\\\nRUN z\n")] == [2, 3, 5, 6]


def test_images_are_taken_from_more_than_from() -> None:
    dockerfile = """\
ARG TOOLS=tools
FROM scratch AS one
COPY --from=r.example/private:1 --chown=1 /a /b
RUN --mount=type=bind,from=$TOOLS,target=/t --mount=type=cache,target=/c make
COPY --from=one /a /b
COPY --from=0 /a /b
"""
    assert base_images(dockerfile, {"TOOLS": "tools:2"}) == ["r.example/private:1", "tools:2"]
