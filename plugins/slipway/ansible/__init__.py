"""One Ansible run in a process of its own: ``python -m plugins.slipway.ansible`` with a request on its input.

It knows no Pulumi; the resource type is in ``plugins.slipway.resources.ansible_run``.
"""
