"""Functions of AWS for programs, which look without owning; ``plugins.slipway.aws.types`` says which there are."""
