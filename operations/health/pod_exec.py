"""A command inside a real pod, such as a DNS lookup, and a pattern that its output must match.

It deliberately goes through kubectl: exec is a streaming protocol that is not worth writing again.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from operations.health.finding import Finding
from operations.health.target import Target

if TYPE_CHECKING:
    from operations.health.probe_context import ProbeContext

MOST_SHOWN = 160


class PodExecTarget(Target):
    """One command in the first running pod that a selector finds."""

    kind: Literal["podExec"]
    namespace: str
    selector: str
    command: list[str]
    expect: str
    """A regular expression that must be found in the output."""

    async def probe(self, context: ProbeContext) -> Finding:
        """Find a pod, run, judge."""
        path = f"/api/v1/namespaces/{self.namespace}/pods?labelSelector={quote(self.selector)}"
        pod = running_pod(await context.api.items(path))
        if pod is None:
            return Finding(healthy=False, detail=f"no ready pod with {self.selector} in {self.namespace}")
        code, output = await _execute(context, self.namespace, pod, self.command)
        return evaluate(code, output, self.expect, pod)


def running_pod(pods: list[dict[str, Any]]) -> str | None:
    """Return the name of the first pod that is ready and not on its way out."""
    for pod in sorted(pods, key=lambda pod: str(pod["metadata"]["name"])):
        conditions = {condition["type"]: condition["status"] for condition in pod["status"].get("conditions", ())}
        if conditions.get("Ready") == "True" and "deletionTimestamp" not in pod["metadata"]:
            return str(pod["metadata"]["name"])
    return None


def evaluate(code: int, output: str, expect: str, pod: str) -> Finding:
    """Judge the exit code and output of the command."""
    line = " ".join(output.split())[:MOST_SHOWN]
    if code != 0:
        return Finding(healthy=False, detail=f"in {pod}: exit code {code}: {line}")
    if found := re.search(expect, output):
        return Finding(healthy=True, detail=f"in {pod}: {found.group(0)[:MOST_SHOWN].strip()}")
    return Finding(healthy=False, detail=f"in {pod}: expected /{expect}/, got: {line}")


async def _execute(context: ProbeContext, namespace: str, pod: str, command: list[str]) -> tuple[int, str]:
    with tempfile.TemporaryDirectory(prefix="slipway-") as directory:
        kubeconfig = Path(directory) / "kubeconfig"
        kubeconfig.touch(mode=0o600)
        kubeconfig.write_text(context.outputs.kubeconfig)
        process = await asyncio.create_subprocess_exec(
            *(str(context.kubectl()), "exec", "--namespace", namespace, pod, "--", *command),
            env={**os.environ, "KUBECONFIG": str(kubeconfig)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            output, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    return process.returncode or 0, output.decode(errors="replace")
