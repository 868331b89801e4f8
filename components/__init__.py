"""ComponentResources: the parts an environment is made of, one a file.

They take values and outputs; configuration is read by the stacks alone.
"""
