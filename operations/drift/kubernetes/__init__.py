"""Drift of Kubernetes objects: recorded ones that differ, and those that nobody recorded.

It deliberately lists each kind once and asks for no object alone.
"""
