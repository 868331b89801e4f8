"""Stand-in for the official docker plugin (pulumi_docker 5.2.0), for places where that cannot be downloaded.

It follows the official contract for what it covers and refuses the rest by name; it is no new Docker abstraction.
"""
