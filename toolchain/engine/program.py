"""Runs a Pulumi program in a process of its own, connected to an engine.

It is not the language host: that one starts it and turns its exit code into an answer.
Source: pulumi/pulumi sdk/python/cmd/pulumi-language-python-exec.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import runpy
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pulumi
from pulumi.runtime import Settings, configure, run_in_stack, set_all_config
from pulumi.runtime.proto import engine_pb2

from toolchain.engine.conventions import EXIT_ALREADY_REPORTED, WITHOUT_DEBUG_MESSAGES


def parse(argv: list[str]) -> argparse.Namespace:
    """Read the arguments that the language host passes."""
    parser = argparse.ArgumentParser(prog="pulumi-language-python-exec")
    for name in ("project", "root_directory", "stack", "monitor", "engine", "organization", "pwd"):
        parser.add_argument(f"--{name}", default="")
    parser.add_argument("--parallel", type=int, default=1)
    parser.add_argument("--dry_run", action="store_true")
    parser.add_argument("program")
    return parser.parse_args(argv)


def connect(arguments: argparse.Namespace) -> None:
    """Hand the engine's addresses, the stack and its configuration to the SDK."""
    configure(
        Settings(
            project=arguments.project,
            root_directory=arguments.root_directory,
            stack=arguments.stack,
            monitor=arguments.monitor,
            engine=arguments.engine,
            parallel=arguments.parallel,
            dry_run=arguments.dry_run,
            organization=arguments.organization or "organization",
        )
    )
    if os.environ.get(WITHOUT_DEBUG_MESSAGES):
        pulumi.log.debug = _unsaid
    configuration = json.loads(os.environ.pop("PULUMI_CONFIG", "{}"))
    secret_keys = json.loads(os.environ.pop("PULUMI_CONFIG_SECRET_KEYS", "[]"))
    set_all_config(configuration, secret_keys)


def _unsaid(*_words: object, **_about: object) -> None:
    """Take the place of ``pulumi.log.debug``."""


def run(program: str, parallel: int) -> int:
    """Run the program to its end; errors are shown through the engine.

    Returns:
        0, or ``EXIT_ALREADY_REPORTED``.
    """
    loop = asyncio.new_event_loop()
    # A registration blocks one thread until the resource exists: with fewer threads than registrations it deadlocks.
    loop.set_default_executor(ThreadPoolExecutor(max_workers=max(parallel, 1) * 4))
    try:
        loop.run_until_complete(run_in_stack(lambda: _execute(program)))
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except KeyboardInterrupt:
        return EXIT_ALREADY_REPORTED  # whoever pressed Ctrl-C knows
    except Exception:  # noqa: BLE001 - whatever ends the program must reach the user as a diagnostic
        pulumi.log.error("Program failed with an unhandled exception:\n" + traceback.format_exc())
    else:
        return 0
    finally:
        sys.stdout.flush()
    return 1 if _engine_is_gone() else EXIT_ALREADY_REPORTED


def _execute(program: str) -> None:
    runpy.run_path(program, run_name="__main__")


def _engine_is_gone() -> bool:
    """Say whether the error could not be shown because nobody listens any more."""
    engine = pulumi.runtime.settings.get_engine()
    if engine is None:
        return True
    try:
        engine.GetRootResource(engine_pb2.GetRootResourceRequest(), timeout=2)
    except Exception:  # noqa: BLE001 - any failure of the call means the same
        return True
    return False


def main() -> None:
    """Entry point of ``python -m toolchain.engine.program``."""
    arguments = parse(sys.argv[1:])
    if arguments.pwd:
        os.chdir(arguments.pwd)
    program = str(Path(arguments.program).resolve())
    sys.argv = [program]
    sys.path.insert(0, program if Path(program).is_dir() else str(Path(program).parent))
    connect(arguments)
    code = run(program, arguments.parallel)
    sys.stdout.flush()
    # Threads of gRPC must not delay the end of a program that has said all it had to say.
    os._exit(code)


if __name__ == "__main__":
    main()
