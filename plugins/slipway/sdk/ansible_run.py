"""The ``AnsibleRun`` resource class.

It runs nothing: it fingerprints the playbook, and the plugin runs it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pulumi

from plugins.slipway.sdk.machine import Machine
from plugins.slipway.sdk.playbook_digest import playbook_digest, playbooks_directory
from plugins.slipway.sdk.property_output import property_output


class AnsibleRun(pulumi.CustomResource):
    """A playbook that has run against hosts; it runs again when the playbook, the hosts or its variables change."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        playbook: str,
        hosts: pulumi.Input[Sequence[pulumi.Input[Machine]]] | pulumi.Input[Sequence[pulumi.Input[Mapping[str, Any]]]],
        ssh_private_key: pulumi.Input[str],
        variables: pulumi.Input[Mapping[str, Any]] | None = None,
        secret_variables: pulumi.Input[Mapping[str, Any]] | None = None,
        volatile_secret_variables: pulumi.Input[Mapping[str, Any]] | None = None,
        playbook_directory: str | None = None,
        delete_playbook: str | None = None,
        forget_playbook: str | None = None,
        triggers: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        forks: pulumi.Input[int] | None = None,
        timeout_seconds: pulumi.Input[int] | None = None,
        detect_drift: pulumi.Input[bool] | None = None,
        per_host: bool | None = None,
    ) -> None:
        """Register the resource.

        Args:
            resource_name: Name in the stack.
            opts: Pulumi's resource options.
            playbook: File name of the playbook, such as ``prepare.yml``.
            hosts: The machines; groups of the inventory are their roles and pools.
            ssh_private_key: Key to log in with (kept as a secret).
            variables: Variables for the playbook. They are data: Jinja in them is not evaluated.
            secret_variables: Likewise, kept as secrets and hidden in every message.
            volatile_secret_variables: Likewise, but a change of them is no reason to run again: logins that expire.
            playbook_directory: Where the playbook is; the checkout's ``playbooks`` when absent.
            delete_playbook: Playbook to run when the resource is deleted; a host that is gone is then no error.
            forget_playbook: Playbook to run then on this computer, on behalf of the hosts that are gone.
            triggers: Values whose change makes the playbook run again.
            forks: How many hosts to work on at once; 10 when absent.
            timeout_seconds: Limit for one run; 1800 when absent.
            per_host: Whether the playbook treats each host by itself, so that runs that differ in their hosts alone may
                share one Ansible process. False when absent.
            detect_drift: Whether a refresh does a check run; it costs as much as a run. False when absent.
        """
        directory = Path(playbook_directory) if playbook_directory else playbooks_directory()
        properties = {
            "playbook": playbook,
            "playbookDirectory": playbook_directory,
            "digest": playbook_digest(directory.resolve(), playbook),
            "hosts": hosts,
            "sshPrivateKey": pulumi.Output.secret(ssh_private_key),
            "variables": variables,
            "secretVariables": None if secret_variables is None else pulumi.Output.secret(secret_variables),
            "volatileSecretVariables": (
                None if volatile_secret_variables is None else pulumi.Output.secret(volatile_secret_variables)
            ),
            "deletePlaybook": delete_playbook,
            "forgetPlaybook": forget_playbook,
            "triggers": triggers,
            "forks": forks,
            "timeoutSeconds": timeout_seconds,
            "detectDrift": detect_drift,
            "perHost": per_host,
            "changed": None,
            "ok": None,
            "results": None,
            "runResult": None,
            "stats": None,
            "lastRunAt": None,
        }
        super().__init__("slipway:index:AnsibleRun", resource_name, properties, opts)

    @property
    @pulumi.getter
    def changed(self) -> pulumi.Output[int]:
        """How many tasks changed something in the last run, over all hosts."""
        return property_output(self, "changed")

    @property
    @pulumi.getter
    def ok(self) -> pulumi.Output[int]:
        """How many tasks ended well in the last run, over all hosts."""
        return property_output(self, "ok")

    @property
    @pulumi.getter
    def results(self) -> pulumi.Output[Mapping[str, Any]]:
        """What each host reported: its fact ``slipway_result`` and its ``set_stats``, by host name (secret)."""
        return property_output(self, "results")

    @property
    @pulumi.getter(name="runResult")
    def run_result(self) -> pulumi.Output[Mapping[str, Any]]:
        """What ``set_stats`` reported for the run as a whole (secret)."""
        return property_output(self, "runResult")

    @property
    @pulumi.getter
    def stats(self) -> pulumi.Output[Mapping[str, Any]]:
        """Counts of ok, changed, failed and skipped tasks, by host name."""
        return property_output(self, "stats")

    @property
    @pulumi.getter(name="lastRunAt")
    def last_run_at(self) -> pulumi.Output[str]:
        """When the last run ended, RFC 3339."""
        return property_output(self, "lastRunAt")
