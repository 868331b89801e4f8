"""Pulumi provider plugins written in Python.

They know nothing of stacks or components: a plugin sees only property values and the engine.
"""
