"""Where this computer, and whoever uses the application, reaches an environment from outside.

It opens nothing: places publish the ports that it names.
"""

from __future__ import annotations

from dataclasses import dataclass

HTTPS_PORT = 443


@dataclass(frozen=True)
class Doors:
    """The load balancer's ports as seen from outside: an address and three ports on it."""

    address: str
    http_port: int
    https_port: int
    api_server_port: int

    @property
    def http(self) -> str:
        """`address:port` that redirects to HTTPS."""
        return f"{self.address}:{self.http_port}"

    @property
    def https(self) -> str:
        """`address:port` of the application."""
        return f"{self.address}:{self.https_port}"

    @property
    def api_server(self) -> str:
        """`address:port` of the Kubernetes API."""
        return f"{self.address}:{self.api_server_port}"

    def application(self, public_name: str) -> str:
        """Return the URL of the application, without a slash at its end."""
        return f"https://{public_name}" + ("" if self.https_port == HTTPS_PORT else f":{self.https_port}")
