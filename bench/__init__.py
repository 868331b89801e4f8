"""The benchmark: slipway against a plain script with the same binaries, images and objects, in one run on one machine.

It deliberately measures from outside, as a user would: commands, a clock, /proc and the container engine.
"""
