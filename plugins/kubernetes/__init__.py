"""A stand-in for the official Pulumi kubernetes plugin, for places where that cannot be downloaded.

It is not a Kubernetes client library; it speaks the REST API just far enough to keep the official contract.
"""
