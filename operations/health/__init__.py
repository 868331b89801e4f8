"""Tells whether an environment works, layer by layer, from nothing but its outputs; it repairs nothing."""
