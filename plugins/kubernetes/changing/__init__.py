"""The life of one object in the cluster: created or found again, read, updated, deleted.

What is to be done was decided by the engine and by ``comparing``.
"""
