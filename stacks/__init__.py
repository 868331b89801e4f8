"""The Pulumi program: what an environment consists of.

Stacks read configuration and export outputs; everything in between are components.
"""
