"""The resource types of AWS, one a module; ``plugins.slipway.aws.types`` says which there are."""
