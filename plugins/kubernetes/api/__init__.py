"""The way to the API server: kubeconfig, connections, requests and their errors, kinds, schemas.

It knows of no resource of a program.
"""
