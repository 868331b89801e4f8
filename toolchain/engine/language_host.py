"""The Python language host: starts programs for the Pulumi CLI where its own host cannot be downloaded.

It generates no code and installs no packages: those commands of the CLI need the official host.
Source: pulumi/pulumi sdk/python/cmd/pulumi-language-python/main.go and proto/pulumi/language.proto.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from toolchain.engine import plugin_process
from toolchain.engine.conventions import EXIT_ALREADY_REPORTED

WORKERS = 16
"""Run blocks one of them for as long as the program runs; the rest answer short questions."""


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """Answers the CLI's questions about a program and runs it."""

    def __init__(self, engine_address: str) -> None:
        self._engine_address = engine_address
        self._programs: set[subprocess.Popen[bytes]] = set()

    def Handshake(self, request: Any, _context: Any) -> Any:
        self._engine_address = request.engine_address or self._engine_address
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, _request: Any, _context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=metadata.version("pulumi"))

    def GetRequiredPackages(self, _request: Any, _context: Any) -> Any:
        """Name none: each SDK asks for its plugin when its first resource is registered."""
        return language_pb2.GetRequiredPackagesResponse()

    def GetRequiredPlugins(self, _request: Any, _context: Any) -> Any:
        return language_pb2.GetRequiredPluginsResponse()

    def GetProgramDependencies(self, _request: Any, _context: Any) -> Any:
        """List the installed distributions, as ``pulumi about`` shows them."""
        found = {item.metadata["Name"]: item.version for item in metadata.distributions()}
        names = [language_pb2.DependencyInfo(name=name, version=version) for name, version in sorted(found.items())]
        return language_pb2.GetProgramDependenciesResponse(dependencies=names)

    def About(self, _request: Any, _context: Any) -> Any:
        version = ".".join(map(str, sys.version_info[:3]))
        return language_pb2.AboutResponse(executable=sys.executable, version=version)

    def RuntimeOptionsPrompts(self, _request: Any, _context: Any) -> Any:
        return language_pb2.RuntimeOptionsResponse()

    def InstallDependencies(self, _request: Any, _context: Any) -> Any:
        """Do nothing: ``make setup`` installs the locked virtual environment."""
        return iter(())

    def Cancel(self, _request: Any, _context: Any) -> Any:
        self.stop_programs()
        return empty_pb2.Empty()

    def Run(self, request: Any, _context: Any) -> Any:
        """Run the program in a process of its own: its imports, threads and exits stay out of this one."""
        process = subprocess.Popen(self._command(request), env=_environment(request), stdin=subprocess.DEVNULL)
        self._programs.add(process)
        code = process.wait()
        self._programs.discard(process)
        if code == EXIT_ALREADY_REPORTED:
            return language_pb2.RunResponse(bail=True)
        error = "" if code == 0 else f"Program exited with non-zero exit code: {code}"
        return language_pb2.RunResponse(error=error)

    def RunPlugin(self, request: Any, context: Any) -> Any:
        """Run a policy pack, or another plugin in Python; it ends with the call or with this host."""
        process = plugin_process.start(request)
        self._programs.add(process)
        context.add_callback(process.terminate)
        yield from plugin_process.answers(process)
        self._programs.discard(process)

    def _command(self, request: Any) -> list[str]:
        program = str(Path(request.info.program_directory) / request.info.entry_point)
        options = {
            "project": request.project,
            "root_directory": request.info.root_directory,
            "stack": request.stack,
            "monitor": request.monitor_address,
            "engine": self._engine_address,
            "organization": request.organization,
            "pwd": request.pwd,
            "parallel": str(request.parallel),
        }
        flags = [f"--{name}={value}" for name, value in options.items() if value]
        if request.dryRun:
            flags.append("--dry_run")
        return [sys.executable, "-u", "-m", "toolchain.engine.program", *flags, program]

    def stop_programs(self) -> None:
        """End every program that still runs."""
        for process in list(self._programs):
            process.terminate()


def _environment(request: Any) -> dict[str, str]:
    """Pass the configuration as the SDK expects it: secrets travel in the environment, never in arguments."""
    return {
        **os.environ,
        "PULUMI_CONFIG": json.dumps(dict(request.config)),
        "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
    }


def serve(engine_address: str) -> None:
    """Serve until the CLI says so with a signal, or until it is gone."""
    parent = os.getppid()
    host = LanguageHost(engine_address)
    server = grpc.server(ThreadPoolExecutor(max_workers=WORKERS))
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    stopping = threading.Event()
    # The CLI runs this in a process group of its own, so a SIGINT is its word and not the user's Ctrl-C.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    while not stopping.wait(timeout=1) and os.getppid() == parent:
        pass
    host.stop_programs()
    server.stop(grace=None)
