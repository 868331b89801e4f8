"""Runs the real Pulumi CLI for a session: either with its own display on this terminal, or quietly for its output.

It deliberately adds no meaning to what the CLI does; exit codes are passed on as they are.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from typing import IO, TYPE_CHECKING

from operations import own_runs
from operations.exit_code import ExitCode
from operations.failure import OperationFailedError
from toolchain.engine.conventions import WITHOUT_DEBUG_MESSAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from operations.session import Session

SIGNALS = {signal.SIGINT, signal.SIGTERM}
PR_SET_PDEATHSIG = 1
SI_KERNEL = 128  # asm-generic/siginfo.h: sent by the kernel, here by the terminal on Ctrl-C
LAST_LINES = 20


class PulumiFailedError(OperationFailedError):
    """The CLI ended with an error; the text shows the end of what it said."""


def run(
    session: Session,
    *arguments: str,
    output: IO[str] | None = None,
    meanwhile: Callable[[], object] | None = None,
    variables: Mapping[str, str] | None = None,
) -> int:
    """Run the CLI in the project with its own display and return its exit code.

    The first Ctrl-C or SIGTERM asks the CLI once to finish what it is at; the second ends it at once.

    Args:
        session: The environment to work on.
        arguments: Command and options; never a secret, as every user of the machine can see them.
        output: Where the display goes; standard output when omitted.
        meanwhile: Some short work of this process while the CLI starts; Ctrl-C waits for its end.
        variables: More variables of its environment; never a secret either.
    """
    # Blocked, a signal waits until it is asked for: it cannot hit between two Python instructions.
    signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS | {signal.SIGCHLD})
    try:
        # In a terminal the CLI must stay in the foreground group to read keys; elsewhere a group of its own keeps a
        # signal for the whole group from reaching it a second time, which would end it at once.
        process = subprocess.Popen(
            _command(session, arguments),
            cwd=session.project.root,
            env={**session.process_environment, WITHOUT_DEBUG_MESSAGES: "1", **(variables or {})},
            stdout=output,
            preexec_fn=_child_setup(os.getpid(), own_group=not sys.stdin.isatty()),  # noqa: PLW1509 - no threads yet
        )
        with own_runs.recorded(session, process):
            if meanwhile is not None:
                meanwhile()
            interrupted = _wait(process)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS | {signal.SIGCHLD})
    if interrupted and process.returncode != 0:
        return ExitCode.CANCELLED
    return process.returncode if process.returncode >= 0 else ExitCode.ERROR


def capture(session: Session, *arguments: str, stdin: str | None = None, private: bool = False) -> str:
    """Run the CLI without a display and return its standard output.

    Args:
        session: The environment to work on.
        arguments: Command and options.
        stdin: What the command reads.
        private: Run in the environment's private project, for commands that would else write the committed file.

    Raises:
        PulumiFailedError: It ended with an error.
    """
    done = subprocess.run(
        [*_command(session, arguments), "--non-interactive", "--color=never"],
        cwd=session.directory if private else session.project.root,
        env=session.process_environment,
        input=stdin,
        stdin=subprocess.DEVNULL if stdin is None else None,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise PulumiFailedError(_explained(session, arguments, done.stderr or done.stdout), done.returncode)
    return done.stdout


def advice(session: Session) -> str | None:
    """Return what to do about a failure that the CLI has shown but not explained; None when there is nothing to add."""
    try:
        # The CLI says `incorrect passphrase` and no more. This command needs nothing but the right one.
        capture(session, "stack", "output", "--stack", session.environment, "--json", "--show-secrets", private=True)
    except PulumiFailedError as error:
        return _passphrase_advice(session) if _is_about_passphrase(str(error)) else None
    return None


def _command(session: Session, arguments: Sequence[str]) -> list[str]:
    return [str(session.cli), *arguments]


def _child_setup(parent: int, *, own_group: bool) -> Callable[[], None]:
    prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None

    def set_up() -> None:
        if own_group:
            os.setpgid(0, 0)
        if prctl is not None:
            # When slipway is killed the CLI finishes cleanly and frees its lock, rather than going on unseen.
            prctl(PR_SET_PDEATHSIG, signal.SIGINT)
            if os.getppid() != parent:
                os.kill(os.getpid(), signal.SIGINT)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS | {signal.SIGCHLD})

    return set_up


def _wait(process: subprocess.Popen[bytes]) -> bool:
    """Wait for the CLI to end and pass signals on; return whether there were any."""
    received = 0
    for number, from_terminal in _signals_until_exit(process):
        received += 1
        if received == 1:
            # The terminal has sent Ctrl-C to the CLI as well; a second one would end it at once.
            if not (from_terminal and os.getpgid(process.pid) == os.getpgrp()):
                process.send_signal(signal.SIGINT)
            sys.stderr.write(f"\n{number.name}: waiting for what is under way to finish; again to end at once.\n")
        else:
            process.kill()
    return received > 0


def _signals_until_exit(process: subprocess.Popen[bytes]) -> Iterator[tuple[signal.Signals, bool]]:
    while process.poll() is None:
        info = signal.sigtimedwait(SIGNALS | {signal.SIGCHLD}, 1.0)
        if info is not None and info.si_signo in SIGNALS:
            yield signal.Signals(info.si_signo), info.si_code == SI_KERNEL


def _explained(session: Session, arguments: Sequence[str], said: str) -> str:
    lines = "\n".join(f"  {line}" for line in said.strip().splitlines()[-LAST_LINES:])
    text = f"pulumi {' '.join(arguments[:2])} failed for '{session.environment}':\n{lines}"
    return f"{text}\n{_passphrase_advice(session)}" if _is_about_passphrase(said) else text


def _is_about_passphrase(said: str) -> bool:
    return "incorrect passphrase" in said or "passphrase must be set" in said


def _passphrase_advice(session: Session) -> str:
    source = session.process_environment.get("PULUMI_CONFIG_PASSPHRASE_FILE", "PULUMI_CONFIG_PASSPHRASE")
    return (
        f"The passphrase from {source} is not the one that this environment was made with. "
        f"Restore it, or remove the environment with: slipway destroy --force {session.environment}"
    )
