"""Slipway's own Pulumi provider: keys, certificates, images, Ansible runs and gates as resources.

It is a plugin process of its own; programs use only the classes in ``plugins.slipway.sdk``.
"""
