"""What is recorded in AWS against what is there, what nobody recorded, and who did it by CloudTrail.

It is a part of the layer `machines`. It deliberately lets Pulumi's own refresh look, so that drift and `up` agree.
"""
