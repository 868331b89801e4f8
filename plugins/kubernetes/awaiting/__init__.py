"""Knows when objects are ready, kind by kind, and waits for it.

It changes nothing in the cluster.
"""
