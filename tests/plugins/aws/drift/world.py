"""One stack at moto, people with keys of their own who change it behind Pulumi's back, and slipway's drift of it.

It holds no expectations; those are the cases in corpus.yaml.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
import yaml
from botocore.exceptions import ClientError
from rich.console import Console

from operations.drift import revert
from operations.drift.ignore import IgnoreList
from operations.drift.run import find_drift
from operations.project import Project
from operations.session import Session
from tests.plugins.kubernetes.control_plane import find_tool
from tests.plugins.kubernetes.stack import Stack
from toolchain.engine.install import launchers

if TYPE_CHECKING:
    from operations.drift.finding import DriftReport
    from tests.plugins.aws.drift.recording_proxy import Proxy

HERE = Path(__file__).parent
PLUGINS = f"plugins:\n  providers:\n    - name: slipway\n      path: {HERE.parents[3] / 'plugins' / 'slipway'}\n"
REGION = "eu-central-1"
NAME = re.compile(r"\$([A-Za-z][\w-]*(?:\.[a-z]\w*)?)")
LAYERS = ("machines",)


class World:
    """A stack that is up.

    Args:
        folder: Where its project and state are.
        proxy: What answers as AWS.
        image: A machine image.
    """

    def __init__(self, folder: Path, proxy: Proxy, image: dict[str, Any]) -> None:
        self.stack = Stack(folder, "", "cloud", "c", plugins=PLUGINS)
        self.stack.write((HERE / "program.py").read_text(encoding="utf-8"))
        self.stack.environment |= {"TEST_ENDPOINT": proxy.address, "TEST_IMAGE": image["ImageId"]}
        self.stack.run("up", "--yes", "--skip-preview")
        self.session = _session(self.stack)
        self.proxy = proxy
        root = next(one for one in image["BlockDeviceMappings"] if one["DeviceName"] == image["RootDeviceName"])
        self._values: dict[str, Any] = {
            "IMAGE": image["ImageId"], "ROOT": image["RootDeviceName"], "SIZE": root["Ebs"]["VolumeSize"],
        }  # fmt: skip
        for item in self.stack.exported()["deployment"]["resources"]:
            name = item["urn"].rpartition("::")[2]
            self._values |= {
                name: item.get("id", ""),
                **{f"{name}.{key}": value for key, value in item.get("outputs", {}).items()},
            }

    def inject(self, case: dict[str, Any]) -> None:
        """Do what a case says, as the one who it says."""
        for step in case["do"]:
            (call, parameters), *_ = ((key, value) for key, value in step.items() if "." in key)
            service, _, method = call.partition(".")
            send = getattr(self._client(service, case["by"]), method)
            if code := step.get("refused"):
                with pytest.raises(ClientError, match=code):
                    send(**self.filled(parameters))
                continue
            answer = send(**self.filled(parameters))
            for name, path in (step.get("save") or {}).items():
                self._values[name] = _at(answer, path)

    def filled(self, value: Any) -> Any:  # noqa: ANN401 - YAML
        """Return a value of the corpus with the names in it replaced."""
        if isinstance(value, dict):
            return {key: self.filled(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.filled(item) for item in value]
        if not isinstance(value, str):
            return value
        whole = NAME.fullmatch(value)
        return self._values[whole[1]] if whole else NAME.sub(lambda found: str(self._values[found[1]]), value)

    def drift(self, before: DriftReport | None = None) -> DriftReport:
        """Compare."""
        return find_drift(self.session, Console(quiet=True), IgnoreList(), before, LAYERS)

    def revert(self, report: DriftReport) -> int:
        """Put back."""
        return revert.revert(self.session, report, Console(quiet=True), delete_unrecorded=False)

    def _client(self, service: str, person: str) -> Any:  # noqa: ANN401 - a client of boto
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=self.proxy.address,
            region_name=REGION,
            aws_access_key_id=person,
            aws_secret_access_key="testing-secret",
        )


def cases() -> list[dict[str, Any]]:
    """Return the corpus."""
    found: list[dict[str, Any]] = yaml.safe_load((HERE / "corpus.yaml").read_text(encoding="utf-8"))
    return found


def _session(stack: Stack) -> Session:
    """Return the session that slipway would have of the stack."""
    folder = stack.folder
    session = Session(
        project=Project(folder, "cloud", folder, None),
        environment="c",
        state=folder,
        cli=Path(find_tool("pulumi")),
        launchers=launchers(folder / "home"),
        inherited=stack.environment,
    )
    session.directory.mkdir(parents=True, mode=0o700)
    for name in ("Pulumi.yaml", "Pulumi.c.yaml"):
        shutil.copy(folder / name, session.directory / name)
    return session


def _at(answer: Any, path: str) -> Any:  # noqa: ANN401 - JSON
    for part in path.split("."):
        answer = answer[int(part)] if part.isdigit() else answer[part]
    return answer
