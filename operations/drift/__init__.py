"""`slipway drift`: what differs between what Pulumi's state records and what is really there, and who did it.

It deliberately changes nothing unless it is told to put things back.
"""
