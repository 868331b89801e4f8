"""The engine bundle: what the real Pulumi CLI expects beside itself and finds only online.

The CLI does all the work; here are the Python language host, the program launcher and the installation of plugins.
"""
