"""What holds for every test.

It is no place for fixtures: those live beside the tests that use them.
"""

from hypothesis import settings

# A machine that is busy with builds or clusters is slow, not wrong.
settings.register_profile("slipway", deadline=None)
settings.load_profile("slipway")
