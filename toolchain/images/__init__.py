"""Every container image of the platform, built by set-up as an OCI image layout from recipes under `images/`.

It deliberately needs no container engine and no public registry; pushing and running images happens elsewhere.
"""
