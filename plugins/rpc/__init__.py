"""What every provider plugin of this project shares: the gRPC server, property values, diffs and errors.

It holds no knowledge of any particular provider.
"""
