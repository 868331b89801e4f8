"""What everything in a cluster of ours has to look like, as plain functions.

It deliberately asks nobody: a rule sees objects as they are declared, before they exist.
"""
