"""Drift of hosts: what the playbooks would change, what stands beside their files, and who logged in at the time.

It deliberately runs the very playbooks of the environment in check mode, so that host and report cannot disagree.
"""
