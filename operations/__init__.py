"""What runs around Pulumi: the `slipway` command, repair of interrupted runs, health; never imported by the rest."""
