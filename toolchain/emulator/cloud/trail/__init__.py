"""CloudTrail of an emulated cloud: what each request wanted and who sent it, kept and told as AWS does.

It deliberately knows nothing of ministack, so that it can stand in front of any server that answers for AWS.
"""
