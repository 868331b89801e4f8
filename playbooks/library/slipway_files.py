"""Brings a set of small files into their declared state in one round trip and tells what was made from older ones.

It deliberately is no configuration language: contents are rendered by Ansible, and services are restarted by handlers.
"""

# ruff: noqa: INP001 - Ansible finds modules by their path, not by their package
from __future__ import annotations

import calendar
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule  # type: ignore[import-untyped]

DOCUMENTATION = """
module: slipway_files
short_description: Write several files at once, with check mode, diff and validation
description:
  - One task per file costs about 0.45 s each, with several machines on the same few cores. A role of ten files is one
    call of this module instead.
  - A unit is stale when one of its files changed after the unit last started or reloaded, a product when it is older
    than its file. So a run that was killed between writing a file and its handler is finished by the next run.
options:
  files:
    description:
      - Each has C(path), C(content), C(mode), optionally C(validate) (a command with %s) and C(block).
      - C(unit) is the service that reads the file, C(product) a file that is made from it.
      - With C(block) only the lines between two slipway markers are owned, and the file is written in place.
      - With C(wanted_by) the file is a unit, and when it is new it is enabled for that target. C(systemctl enable)
        would have systemd read all units anew besides: a second on a busy machine, and new units do not need it.
      - With C(kernel_settings) the file is one of sysctl's, and its unit is stale also when the kernel differs.
    type: list
    elements: dict
  secret_files:
    description: The same, for contents that must appear in no log and no diff.
    type: list
    elements: dict
author: slipway
"""

RETURN = """
changed_paths: {description: Paths that were (or in check mode would be) written., type: list, returned: always}
replaced_paths: {description: Those of them that were there before., type: list, returned: always}
stale: {description: Units and products that are older than their files., type: list, returned: always}
settings: {description: "Kernel settings not as in their file: name, now, wanted.", type: list, returned: always}
"""

BEGIN, END = "# BEGIN slipway", "# END slipway"


def file_options(*, secret: bool) -> dict[str, Any]:
    """Argument specification of one file."""
    return {
        "path": {"type": "path", "required": True},
        "content": {"type": "str", "required": True, "no_log": secret},
        "mode": {"type": "str", "default": "0600" if secret else "0644"},
        "validate": {"type": "str"},
        "unit": {"type": "str"},
        "wanted_by": {"type": "str"},
        "product": {"type": "path"},
        "block": {"type": "bool", "default": False},
        "kernel_settings": {"type": "bool", "default": False},
    }


def with_block(current: str, block: str) -> str:
    """The text with the lines between the slipway markers replaced, or appended when there are none."""
    wanted = f"{BEGIN}\n{block.rstrip()}\n{END}\n"
    before, begin, rest = current.partition(f"{BEGIN}\n")
    if not begin:
        return (current if not current or current.endswith("\n") else f"{current}\n") + wanted
    return before + wanted + rest.partition(f"{END}\n")[2]


def validated(module: AnsibleModule, path: Path, content: str, command: str) -> None:
    """Refuses content that the program it is for does not accept."""
    with tempfile.NamedTemporaryFile("w", suffix=path.suffix) as candidate:
        candidate.write(content)
        candidate.flush()
        code, out, err = module.run_command(command.replace("%s", candidate.name))
    if code != 0:
        module.fail_json(msg=f"{path}: not written, because '{command}' refused it: {(out + err).strip()}")


def write(module: AnsibleModule, path: Path, content: str, file: dict[str, Any]) -> None:
    """Replaces the file at once, or in place where it is one block of a file that may be a mount point."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o755 if file["mode"] != "0600" else 0o700)
    if file["block"]:
        path.write_text(content)
        return
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.", delete=False) as candidate:
        candidate.write(content)
    Path(candidate.name).chmod(int(file["mode"], 8))
    module.atomic_move(candidate.name, str(path), keep_dest_attrs=False)
    path.chmod(int(file["mode"], 8))


def enable(unit: Path, target: str) -> None:
    """Makes the link that `systemctl enable` would make."""
    link = unit.parent / f"{target}.wants" / unit.name
    link.parent.mkdir(exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(unit)


def converge(module: AnsibleModule, file: dict[str, Any], *, secret: bool) -> dict[str, Any] | None:
    """Writes one file if it differs, and returns its diff, or None when there is nothing to do."""
    path = Path(file["path"])
    current = path.read_text(errors="replace") if path.is_file() else None
    wanted = with_block(current or "", file["content"]) if file["block"] else file["content"]
    mode = f"{path.stat().st_mode & 0o7777:04o}" if current is not None else None
    if current == wanted and (mode == file["mode"] or file["block"]):
        return None
    if file["validate"] and Path(file["validate"].split()[0]).exists():
        validated(module, path, wanted, file["validate"])
    if not module.check_mode:
        write(module, path, wanted, file)
        if current is None and file["wanted_by"]:
            enable(path, file["wanted_by"])
    header = f"{path} ({mode or 'absent'})", f"{path} ({file['mode']})"
    texts = ("(secret)\n", "(secret)\n") if secret else (current or "", wanted)
    return {"before_header": header[0], "after_header": header[1], "before": texts[0], "after": texts[1]}


def unit_times(units: list[str]) -> dict[str, float]:
    """When each active unit last started or reloaded, in seconds since the epoch; inactive ones are left out."""
    if not units:
        return {}
    show = ["systemctl", "show", "--timestamp=us+utc", "--property=Id,ActiveState,StateChangeTimestamp", *units]
    text = subprocess.run(show, capture_output=True, text=True, check=False).stdout
    times: dict[str, float] = {}
    for unit, paragraph in zip(units, text.strip().split("\n\n"), strict=False):
        values = dict(line.partition("=")[::2] for line in paragraph.splitlines())
        if values.get("ActiveState") == "active" and values.get("StateChangeTimestamp"):
            seconds, _, rest = values["StateChangeTimestamp"].partition(".")  # Sun 2026-11-22 13:41:52.001437 UTC
            moment = time.strptime(f"{seconds} UTC", "%a %Y-%m-%d %H:%M:%S %Z")
            times[unit] = calendar.timegm(moment) + float(f"0.{rest.split()[0]}")
    return times


def kernel_differences(content: str) -> list[dict[str, str]]:
    """Settings of a sysctl file that the running kernel has differently; those it does not have are left out."""
    found = []
    for line in content.splitlines():
        name, equals, wanted = (part.strip() for part in line.partition("="))
        name = name.removeprefix("-")
        path = Path("/proc/sys", *name.split("."))
        # A pattern is for interfaces that come and go.
        if not equals or name.startswith("#") or "*" in name or not path.is_file():
            continue
        now = " ".join(path.read_text().split())
        if now != wanted:
            found.append({"name": name, "now": now, "wanted": wanted})
    return found


def stale(files: list[dict[str, Any]], changed: set[str]) -> list[str]:
    """Units and products of changed files, and those that are older than one of their files."""
    times = unit_times(sorted({file["unit"] for file in files if file["unit"]}))
    found = []
    for file in files:
        path, product = Path(file["path"]), Path(file["product"] or "/nonexistent")
        written = path.stat().st_mtime if path.is_file() else 0.0
        if file["unit"] and (file["path"] in changed or times.get(file["unit"], written) < written):
            found.append(file["unit"])
        if file["product"] and (file["path"] in changed or not product.exists() or product.stat().st_mtime < written):
            found.append(file["product"])
    return sorted(set(found))


def main() -> None:
    """Reads the arguments, converges every file and reports."""
    module = AnsibleModule(
        argument_spec={
            "files": {"type": "list", "elements": "dict", "default": [], "options": file_options(secret=False)},
            "secret_files": {"type": "list", "elements": "dict", "default": [], "options": file_options(secret=True)},
        },
        supports_check_mode=True,
    )
    plain, secret = module.params["files"], module.params["secret_files"]
    present = {file["path"] for file in plain + secret if Path(file["path"]).exists()}
    diffs = {file["path"]: converge(module, file, secret=False) for file in plain}
    diffs |= {file["path"]: converge(module, file, secret=True) for file in secret}
    changed = {path for path, diff in diffs.items() if diff}
    kernel = {file["unit"]: kernel_differences(file["content"]) for file in plain if file["kernel_settings"]}
    outdated = sorted({*stale(plain + secret, changed), *(unit for unit, different in kernel.items() if different)})
    module.exit_json(
        changed=bool(changed or outdated),
        changed_paths=sorted(changed),
        replaced_paths=sorted(changed & present),
        stale=outdated,
        settings=[setting for different in kernel.values() for setting in different],
        diff=[diff for diff in diffs.values() if diff],
    )


if __name__ == "__main__":
    main()
