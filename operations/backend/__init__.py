"""Where Pulumi keeps its state, as far as slipway looks into it past the CLI: locks, and leftovers of stacks."""
