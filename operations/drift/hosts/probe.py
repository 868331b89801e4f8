"""Runs on a host as root: prints what stands where only slipway writes, and who was logged in when things changed.

It deliberately uses nothing but the standard library of Debian 12's Python, changes nothing, and prints no contents.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

PREPARED = Path("/etc/slipway/hosts")  # written by the first run of prepare.yml, and never again unless it changes
UNPACKED = Path("/usr/local/share/slipway/node-binaries")  # written when the binaries were unpacked
JOINED = Path("/etc/slipway/joined")  # written after kubeadm ended well
BINARIES = ("containerd", "containerd-shim-runc-v2", "ctr", "kubeadm", "kubectl", "kubelet")
OWN_PLACES = (
    "/etc/containerd/certs.d/*/*", "/etc/cron.d/*", "/etc/kubernetes/kubelet.conf.d/*", "/etc/kubernetes/manifests/*",
    "/etc/modules-load.d/*", "/etc/ssh/sshd_config.d/*", "/etc/sudoers.d/*", "/etc/sysctl.d/*",
    "/etc/systemd/journald.conf.d/*", "/etc/systemd/system/*", "/etc/systemd/system/*.service.d/*",
)  # fmt: skip
"""Where a file that nobody recorded changes how the host works."""
OWN_FILES = re.compile(
    r".*slipway[^/]*|.*/(?:kubelet|containerd)\.service|.*/hosts\.toml"
    r"|.*/manifests/(?:etcd|kube-apiserver|kube-controller-manager|kube-scheduler)\.yaml"
)
OF_KUBEADM = ("etc/kubernetes/manifests/*.yaml", "etc/kubernetes/slipway/*.yaml", "var/lib/kubelet/config.yaml")
"""Written once, before the machine has joined: no playbook compares them later."""
SLACK_SECONDS = 3.0
SINCE = "-30d"
SUDO = re.compile(r"\s*(?P<user>\S+) : (?:.* ; )?USER=(?P<target>\S+) ; (?:.* ; )?COMMAND=(?P<command>.*)", re.DOTALL)
ACCEPTED = re.compile(
    r"Accepted (?P<method>\S+) for (?P<user>\S+) from (?P<source>\S+) port \d+ ssh2(?:: \S+ (?P<key>\S+))?"
)


def run(*command: str) -> str:
    """The output of a command; nothing when it fails."""
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def seconds(path: Path) -> dict[str, float]:
    """When a file, or the directory it is missing from, changed last."""
    try:
        status = path.lstat()
    except OSError:
        parent = path.parent
        return {"at": parent.stat().st_mtime} if parent.is_dir() else {}
    return {"at": status.st_ctime}


def later_than(marker: Path, paths: list[Path]) -> list[str]:
    """Files that changed after a marker was written; none without the marker."""
    if not marker.exists():
        return []
    limit = marker.stat().st_mtime + SLACK_SECONDS
    return [str(path) for path in paths if path.exists() and path.lstat().st_ctime > limit]


def extra_files() -> list[str]:
    """Files that neither slipway nor a package brought, since the host was prepared."""
    places = [path for pattern in OWN_PLACES for path in sorted(Path("/").glob(pattern[1:]))]
    candidates = [path for path in places if path.is_file() and not OWN_FILES.fullmatch(str(path))]
    new = later_than(PREPARED, candidates)
    owned = {line.partition(": ")[2] for line in run("dpkg", "-S", *new).splitlines()} if new else set()
    return [path for path in new if path not in owned]


def authorized_keys(homes: dict[str, str]) -> dict[str, list[str]]:
    """Lines of the accounts that slipway knows: type, key and comment."""
    found = {}
    for user, home in homes.items():
        path = Path(home, ".ssh", "authorized_keys")
        lines = path.read_text(errors="replace").splitlines() if path.is_file() else []
        found[user] = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return found


def journal() -> list[dict[str, Any]]:
    """Logins and commands as root: `{at, kind, user, ...}`, sessions of sudo with their end."""
    text = run("journalctl", "--output=json", f"--since={SINCE}", "-t", "sudo", "-t", "sshd", "-t", "su", "--no-pager")
    found: list[dict[str, Any]] = []
    open_sessions: dict[str, dict[str, Any]] = {}
    for line in text.splitlines():
        entry = json.loads(line)
        message, pid = entry.get("MESSAGE"), entry.get("SYSLOG_PID") or entry.get("_PID") or ""
        if not isinstance(message, str):
            continue
        at, program = int(entry["__REALTIME_TIMESTAMP"]) / 1e6, entry.get("SYSLOG_IDENTIFIER")
        sudo, accepted = SUDO.fullmatch(message), ACCEPTED.match(message)
        if program == "sudo" and sudo:
            session = {"at": at, "kind": "sudo", "user": sudo["user"], "command": sudo["command"], "end": None}
            open_sessions[pid] = session
            found.append(session)
        elif program == "sudo" and "session closed" in message and pid in open_sessions:
            open_sessions.pop(pid)["end"] = at
        elif accepted:
            found.append({"at": at, "kind": "login", **accepted.groupdict()})
    return found


def unit(name: str) -> dict[str, Any]:
    """What systemd knows of a unit, and when it last changed."""
    wanted = "--property=StateChangeTimestampMonotonic,UnitFileState,ActiveState"
    values = dict(line.partition("=")[::2] for line in run("systemctl", "show", wanted, name).splitlines())
    changed = values.get("StateChangeTimestampMonotonic", "")
    wants = Path("/etc/systemd/system/multi-user.target.wants")
    # Microseconds since the machine began; the same as a date is told in whole seconds.
    times = [float(changed) / 1e6 + time.time() - time.monotonic()] if changed.isdigit() and int(changed) else []
    times = times if values.get("ActiveState") != "active" else []
    times += [wants.stat().st_mtime] if values.get("UnitFileState") != "enabled" and wants.is_dir() else []
    return {"at": max(times, default=0.0), "state": f"{values.get('UnitFileState')}, {values.get('ActiveState')}"}


def packages(names: list[str]) -> dict[str, dict[str, Any]]:
    """When packages went, and who asked apt for that."""
    found: dict[str, dict[str, Any]] = {}
    log = Path("/var/log/dpkg.log")
    for line in log.read_text(errors="replace").splitlines() if log.is_file() else []:
        words = line.split()
        if words[2:3] in (["remove"], ["purge"]):
            name = words[3].partition(":")[0]
            if name in names:
                moment = run("date", "-d", f"{words[0]} {words[1]}", "+%s").strip()
                found[name] = {"at": float(moment or 0)}
    history = Path("/var/log/apt/history.log")
    for paragraph in history.read_text(errors="replace").split("\n\n") if history.is_file() else []:
        fields = dict(line.partition(": ")[::2] for line in paragraph.splitlines())
        removed = f"{fields.get('Remove', '')} {fields.get('Purge', '')}"
        for name in names:
            if re.search(rf"\b{re.escape(name)}:", removed) and fields.get("Requested-By"):
                found.setdefault(name, {})["by"] = fields["Requested-By"].partition(" ")[0]
    return found


def main() -> None:
    """Read what is asked for and print one JSON object."""
    asked = json.load(sys.stdin)
    extras = extra_files()
    changed = [
        *later_than(UNPACKED, [Path("/usr/local/bin", name) for name in BINARIES]),
        *later_than(JOINED, [*(path for pattern in OF_KUBEADM for path in sorted(Path("/").glob(pattern)))]),
    ]
    changed = [path for path in changed if path not in extras]
    keys = {user: f"{home}/.ssh/authorized_keys" for user, home in asked["homes"].items()}
    paths = {*asked["files"], *extras, *changed, *keys.values()}
    answer = {
        "extras": extras,
        "changed": changed,
        "keys": authorized_keys(asked["homes"]),
        "files": {path: seconds(Path(path)) for path in sorted(paths)},
        "units": {name: unit(name) for name in asked["units"]},
        "packages": packages(asked["packages"]),
        "journal": journal(),
    }
    sys.stdout.write(json.dumps(answer))


if __name__ in ("__main__", "builtins"):  # as a file, and as run_python runs it
    main()
