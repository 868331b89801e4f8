"""What an object is in here: its parts, its kind, its name, its spelling, and what of it is kept in the state.

It asks no API server.
"""
