"""Drift of machines: containers, networks and volumes of the container engine.

It deliberately compares only what somebody can change behind Pulumi's back; the rest is fixed when a thing is made.
"""
