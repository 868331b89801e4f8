"""Measures the kubernetes stand-in: under the real CLI, and alone against kubectl.

It needs no cluster: etcd and kube-apiserver of the tests run on loopback, and are gone at the end.
"""
