"""The order of the work: which source, what together, longest first."""

from __future__ import annotations

from toolchain.definition import GoBuild, GoModule, ReleaseFile, Tool, Wheel
from toolchain.plan import make_plan

MODULES = {name: GoModule(cpu_minutes=minutes) for name, minutes in (("short", 1), ("long", 17), ("middle", 4))}
FILE = ReleaseFile(address="https://example.test/x", sha256="0" * 64, executables={"r": ""})
WHEEL = Wheel(package="w-bin", version="1", sha256="0" * 64, executables={"w": "bin/w"})


def built(name: str, module: str) -> Tool:
    return Tool(name=name, version="1", executables=(name,), go=GoBuild(module=module, packages={name: f"x/{name}"}))


def test_builds_of_one_module_go_together_and_the_longest_starts_first() -> None:
    tools = [built("a", "short"), built("b", "middle"), built("c", "long"), built("d", "middle")]
    plan = make_plan(tools, MODULES, lambda _tool: False)
    assert [(group.module, [tool.name for tool in group.tools]) for group in plan.groups] == [
        ("long", ["c"]),
        ("middle", ["b", "d"]),
        ("short", ["a"]),
    ]
    assert plan.groups[1].packages == {"b": "x/b", "d": "x/d"}


def test_sources_are_tried_in_order() -> None:
    tool = Tool(
        name="r",
        version="1",
        executables=("r",),
        release=(FILE,),
        wheel=WHEEL.model_copy(update={"executables": {"r": "bin/r"}}),
        go=GoBuild(module="short", packages={"r": "x/r"}),
    )
    assert make_plan([tool], MODULES, lambda _tool: True).releases == (tool,)
    assert make_plan([tool], MODULES, lambda _tool: False).wheels == (tool,)
    without_wheel = tool.model_copy(update={"wheel": None})
    assert make_plan([without_wheel], MODULES, lambda _tool: False).groups[0].tools == (without_wheel,)


def test_a_wheel_for_another_architecture_is_no_source() -> None:
    other = WHEEL.model_copy(update={"architecture": "another"})
    tool = Tool(name="w", version="1", executables=("w",), wheel=WHEEL).model_copy(update={"wheel": other})
    plan = make_plan([tool], MODULES, lambda _tool: False)
    assert plan.lost == (tool,)
    assert plan.wheels == ()


def test_nothing_missing_is_nothing_to_do() -> None:
    plan = make_plan([], MODULES, lambda _tool: True)
    assert (plan.releases, plan.wheels, plan.groups, plan.lost) == ((), (), (), ())
