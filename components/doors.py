"""Where this computer, and whoever uses the application, reaches an environment from outside.

It opens nothing: places publish the ports that it names.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

HTTPS_PORT = 443
NOTICED_SECONDS = 10
"""Enough for HAProxy as the role load_balancer sets it up: it asks every second."""


@dataclass(frozen=True)
class Doors:
    """The load balancer's ports as seen from outside: an address and three ports on it."""

    address: pulumi.Input[str]
    http_port: int
    https_port: int
    api_server_port: int
    noticed_seconds: int = NOTICED_SECONDS
    """How long users may still be sent to a gateway that said it ends."""

    @property
    def http(self) -> pulumi.Output[str]:
        """`address:port` that redirects to HTTPS."""
        return pulumi.Output.concat(self.address, f":{self.http_port}")

    @property
    def https(self) -> pulumi.Output[str]:
        """`address:port` of the application."""
        return pulumi.Output.concat(self.address, f":{self.https_port}")

    @property
    def api_server(self) -> pulumi.Output[str]:
        """`address:port` of the Kubernetes API."""
        return pulumi.Output.concat(self.address, f":{self.api_server_port}")

    def application(self, public_name: str) -> str:
        """Return the URL of the application, without a slash at its end."""
        return f"https://{public_name}" + ("" if self.https_port == HTTPS_PORT else f":{self.https_port}")
