"""How slipway gets what it runs: tools.toml, the cache, the sources of tools, and the set-up of a machine.

It deliberately imports nothing of the rest of slipway.
"""
