"""Looks at hosts that exist already before anything is changed on them, and tells everything that is in the way."""
