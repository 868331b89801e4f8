"""The implementations of the resource types, one module each.

They run in the plugin process only; programs use ``plugins.slipway.sdk``.
"""
