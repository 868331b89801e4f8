"""What can be said about the inputs of a program before anything is sent.

It changes nothing in the cluster.
"""
