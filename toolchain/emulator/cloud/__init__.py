"""What runs inside ministack's process: instances that boot, load balancers that forward, a door to the registry.

It deliberately imports nothing of slipway but the settings: ministack's own packages are all there is in this process.
What it needs of ministack's internals is named in `ministack_internals` and written for the version that the lock pins.
"""
