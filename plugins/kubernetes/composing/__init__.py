"""Components that make resources of manifests, charts and kustomizations.

Their resources are made like all others: by the engine, which asks this plugin for each.
"""
