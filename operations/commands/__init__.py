"""The subcommands of `slipway`, one a module: what each is called, what it takes, and how it ends.

They deliberately import nothing heavy at their top: all of them are loaded for `slipway --help`, which must be quick.
"""
