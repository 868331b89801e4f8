"""What differs between inputs, state and live object, what that means, and whose a field is.

It changes nothing in the cluster.
"""
