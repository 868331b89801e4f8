"""Brings every tool of tools.toml into the cache: releases first, then wheels beside Go builds on all cores.

It deliberately leaves the machine and the images alone, and goes on with the other tools when one fails, so that the
next run has only that one left to do.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from toolchain.failure import ToolchainError
from toolchain.go_toolchain import find_go, needed_go
from toolchain.plan import GoGroup, make_plan
from toolchain.report import Outcome, ToolLine
from toolchain.sources.go_module import GoWorkspace
from toolchain.sources.packages import fill_from_packages
from toolchain.sources.release import ReleaseUnavailableError
from toolchain.sources.wheel import fill_from_wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from toolchain.cache import Cache, Entry
    from toolchain.definition import Tool
    from toolchain.display import Display
    from toolchain.sources.release import ReleaseChannel

# Two builds at once: while one links or waits for a module, the other compiles. More would only cost memory.
BUILDERS = 2
DOWNLOADERS = 4


class ProvisionError(ToolchainError):
    """Some tools are missing after the set-up; the text has a paragraph for each."""


@dataclass
class Provision:
    """One run over all tools."""

    cache: Cache
    channel: ReleaseChannel
    display: Display
    lines: dict[str, ToolLine] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    tried: dict[str, list[str]] = field(default_factory=dict)

    def run(self) -> tuple[ToolLine, ...]:
        """Make every tool complete in the cache.

        Raises:
            ProvisionError: One or more tools could not be had; all others are complete.
        """
        tools = self.cache.tools.tool
        for tool in tools:
            if entry := self.cache.find(tool):
                self._finish(entry, Outcome.CACHED, 0.0, "")
        plan = make_plan(self._missing(), self.cache.tools.go_module, self.channel.offers)
        if plan.releases:
            self._together(DOWNLOADERS, [partial(self._release, tool) for tool in plan.releases])
        self._build_the_rest()
        if self.failures:
            raise ProvisionError(self._story())
        return tuple(self.lines[tool.name] for tool in tools)

    def _missing(self) -> list[Tool]:
        return [tool for tool in self.cache.tools.tool if tool.name not in self.lines]

    def _build_the_rest(self) -> None:
        plan = make_plan(self._missing(), self.cache.tools.go_module, lambda _tool: False)
        for tool in plan.lost:
            self._fail([tool], "tools.toml lists no other source for this machine. Connect it to the internet.")
        with ThreadPoolExecutor(DOWNLOADERS) as side:
            wheels = [side.submit(self._guarded, [tool], partial(self._wheel, tool)) for tool in plan.wheels]
            wheels += [side.submit(self._guarded, [tool], partial(self._packages, tool)) for tool in plan.packages]
            if plan.groups:
                self._build(plan.groups, side)
            for wheel in wheels:
                wheel.result()

    def _build(self, groups: tuple[GoGroup, ...], side: ThreadPoolExecutor) -> None:
        go_mods = [self.cache.pins(group.module)[0] for group in groups]
        try:
            with self.cache.lock("go-toolchain"):
                go = find_go(needed_go(go_mods), self.cache.tools.go, self.cache.root, self.cache.logs / "go.log")
        except ToolchainError as error:
            self._fail([tool for group in groups for tool in group.tools], str(error))
            return
        built = [threading.Event() for _ in groups]
        side.submit(self._prefetch, go, groups[BUILDERS:], built[BUILDERS:])
        self._together(
            BUILDERS,
            [partial(self._guarded_group, go, group, event) for group, event in zip(groups, built, strict=True)],
        )

    def _release(self, tool: Tool) -> None:
        self.display.doing(tool.name, "downloading the release")
        try:
            self._install(tool, Outcome.DOWNLOADED, "release", lambda place: self.channel.fill(tool, place))
        except ReleaseUnavailableError as error:
            self.tried.setdefault(tool.name, []).append(f"release: {error}")
            if len(self.tried) == 1:
                self.display.note(f"release of {tool.name}: {error}; other sources follow")
        except (ToolchainError, OSError) as error:
            self._fail([tool], str(error))
        finally:
            self.display.over(tool.name)

    def _wheel(self, tool: Tool) -> None:
        wheel = tool.wheel
        if wheel is None:
            return
        self.display.doing(tool.name, "downloading the wheel")
        log = self._log(tool.name)
        note = f"wheel {wheel.package}"
        try:
            self._install(tool, Outcome.DOWNLOADED, note, lambda place: fill_from_wheel(wheel, place, log))
        finally:
            self.display.over(tool.name)

    def _packages(self, tool: Tool) -> None:
        if tool.packages is None:
            return
        self.display.doing(tool.name, "downloading its packages")
        lock, log = self.cache.lock_file(tool.packages), self._log(tool.name)
        try:
            self._install(tool, Outcome.DOWNLOADED, "packages", lambda place: fill_from_packages(lock, place, log))
        finally:
            self.display.over(tool.name)

    def _guarded_group(self, go: Path, group: GoGroup, built: threading.Event) -> None:
        built.set()  # from here on prefetching it would only compete with its own build
        self._guarded(list(group.tools), partial(self._group, go, group))
        self.display.over(group.module)

    def _group(self, go: Path, group: GoGroup) -> None:
        started = time.monotonic()
        key = group.module
        with self.cache.lock(f"go-{key}", lambda: self.display.doing(key, "waiting for another set-up")):
            # Another set-up may have built them while this one waited.
            missing = []
            for tool in group.tools:
                if entry := self.cache.find(tool):
                    self._finish(entry, Outcome.CACHED, 0.0, "by another set-up")
                else:
                    missing.append(tool)
            if missing:
                self.display.doing(key, f"building {len(missing)} tool(s)")
                self._compile(go, GoGroup(key, tuple(missing), group.cpu_minutes), started)

    def _compile(self, go: Path, group: GoGroup, started: float) -> None:
        module = self.cache.tools.go_module[group.module]
        with self.cache.workspace(group.module) as directory:
            workspace = GoWorkspace(go, directory, module, group.packages, self._log(group.module))
            workspace.prepare(self.cache.pins(group.module))
            binaries = workspace.build()
            together = f", {len(group.tools)} together" if len(group.tools) > 1 else ""
            note = f"go module {group.module}{together}"
            for tool in group.tools:
                fill = partial(_move_in, tool, workspace, binaries)
                self._install(tool, Outcome.BUILT, note, fill, started)

    def _prefetch(self, go: Path, groups: Iterable[GoGroup], built: Iterable[threading.Event]) -> None:
        for group, has_begun in zip(groups, built, strict=True):
            if has_begun.is_set():
                continue
            module = self.cache.tools.go_module[group.module]
            with self.cache.workspace(f"prefetch-{os.getpid()}") as directory:
                workspace = GoWorkspace(go, directory, module, group.packages, self._log(group.module))
                try:
                    workspace.prepare(self.cache.pins(group.module))
                    workspace.prefetch()
                except (ToolchainError, OSError):
                    continue  # the build meets the same trouble and tells it with its log

    def _install(
        self, tool: Tool, outcome: Outcome, note: str, fill: Callable[[Path], None], started: float | None = None
    ) -> None:
        began = time.monotonic() if started is None else started
        entry = self.cache.install(tool, note, fill, began)
        self._finish(entry, outcome, time.monotonic() - began, note)

    def _finish(self, entry: Entry, outcome: Outcome, seconds: float, note: str) -> None:
        tool = entry.tool
        line = ToolLine(
            name=tool.name,
            version=tool.version,
            outcome=outcome,
            seconds=round(seconds, 1),
            path=entry.directory,
            note=note,
        )
        self.lines[tool.name] = line
        self.display.ready(line)

    def _log(self, name: str) -> Path:
        return self.cache.logs / f"{name}.log"

    @staticmethod
    def _together(threads: int, jobs: list[Callable[[], None]]) -> None:
        with ThreadPoolExecutor(threads) as pool:
            futures = [pool.submit(job) for job in jobs]
            try:
                for future in futures:
                    future.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _guarded(self, tools: list[Tool], job: Callable[[], None]) -> None:
        try:
            job()
        except (ToolchainError, OSError) as error:
            self._fail([tool for tool in tools if tool.name not in self.lines], str(error))

    def _fail(self, tools: list[Tool], text: str) -> None:
        for tool in tools:
            self.failures[tool.name] = text
            self.display.failed(tool.name, text)

    def _story(self) -> str:
        by_text: dict[str, list[str]] = {}
        for name, text in self.failures.items():
            by_text.setdefault(text, []).append(name)
        paragraphs = [f"{len(self.failures)} of {len(self.cache.tools.tool)} tools are missing."]
        for text, names in by_text.items():
            before = [f"  before that, {story}" for name in names for story in self.tried.get(name, ())]
            paragraphs.append("\n".join((f"{', '.join(names)}: {text}", *before)))
        return "\n\n".join(paragraphs)


def _move_in(tool: Tool, workspace: GoWorkspace, binaries: dict[str, Path], place: Path) -> None:
    for name in tool.executables:
        shutil.move(binaries[name], place / name)
    if tool.go:
        for name, source in tool.go.data.items():
            workspace.copy_data(source, place / name)
