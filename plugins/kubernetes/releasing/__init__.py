"""Helm releases as resources: inputs, what helm is told, and what of a release is kept in the state.

Rendering charts into objects of their own is the business of ``composing``.
"""
