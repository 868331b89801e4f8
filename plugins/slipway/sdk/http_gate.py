"""The ``HttpGate`` resource class.

It asks nothing itself: the plugin does.
"""

from collections.abc import Sequence

import pulumi

from plugins.slipway.sdk.property_output import property_output


class HttpGate(pulumi.CustomResource):
    """Succeeds once a URL answers as expected; what depends on it starts only then."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        url: pulumi.Input[str],
        resolve_address: pulumi.Input[str] | None = None,
        ca_pem: pulumi.Input[str] | None = None,
        expect_status: pulumi.Input[int] | None = None,
        timeout_seconds: pulumi.Input[int] | None = None,
        triggers: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
    ) -> None:
        """Register the resource.

        Args:
            resource_name: Name in the stack.
            opts: Pulumi's resource options.
            url: URL to ask for.
            resolve_address: ``host`` or ``host:port`` to connect to instead of the URL's own host.
            ca_pem: Authority that signed the server's certificate; the system's authorities when absent.
            expect_status: HTTP status that counts as an answer; 200 when absent.
            timeout_seconds: How long to wait; 300 when absent.
            triggers: Values whose change makes the plugin ask again.
        """
        properties = {
            "url": url,
            "resolveAddress": resolve_address,
            "caPem": ca_pem,
            "expectStatus": expect_status,
            "timeoutSeconds": timeout_seconds,
            "triggers": triggers,
            "latencyMs": None,
            "checkedAt": None,
        }
        super().__init__("slipway:index:HttpGate", resource_name, properties, opts)

    @property
    @pulumi.getter
    def url(self) -> pulumi.Output[str]:
        """URL that answered."""
        return property_output(self, "url")

    @property
    @pulumi.getter(name="latencyMs")
    def latency_ms(self) -> pulumi.Output[float]:
        """Time of the request that was answered as expected, in milliseconds."""
        return property_output(self, "latencyMs")

    @property
    @pulumi.getter(name="checkedAt")
    def checked_at(self) -> pulumi.Output[str]:
        """When it was answered, RFC 3339."""
        return property_output(self, "checkedAt")
