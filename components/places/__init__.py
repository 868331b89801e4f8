"""Where machines, registries and load balancers come from: one module a place.

Everything after the machines is the same for every place.
"""
