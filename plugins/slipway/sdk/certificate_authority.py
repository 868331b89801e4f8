"""The ``CertificateAuthority`` resource class.

It does not issue anything itself: the plugin does.
"""

import pulumi

from plugins.slipway.sdk.property_output import property_output


class CertificateAuthority(pulumi.CustomResource):
    """A self-signed certificate authority (ECDSA P-256); its certificate is renewed with the same key."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        common_name: pulumi.Input[str],
        validity_days: pulumi.Input[int] | None = None,
    ) -> None:
        """Register the resource.

        Args:
            resource_name: Name in the stack.
            opts: Pulumi's resource options.
            common_name: Name of the authority; changing it makes a new authority.
            validity_days: How long the certificate is valid; 3650 when absent.
        """
        properties = {
            "commonName": common_name,
            "validityDays": validity_days,
            "certificatePem": None,
            "privateKeyPem": None,
            "notAfter": None,
        }
        super().__init__("slipway:index:CertificateAuthority", resource_name, properties, opts)

    @property
    @pulumi.getter(name="commonName")
    def common_name(self) -> pulumi.Output[str]:
        """Name of the authority."""
        return property_output(self, "commonName")

    @property
    @pulumi.getter(name="validityDays")
    def validity_days(self) -> pulumi.Output[int]:
        """How long the certificate is valid."""
        return property_output(self, "validityDays")

    @property
    @pulumi.getter(name="certificatePem")
    def certificate_pem(self) -> pulumi.Output[str]:
        """Certificate, PEM."""
        return property_output(self, "certificatePem")

    @property
    @pulumi.getter(name="privateKeyPem")
    def private_key_pem(self) -> pulumi.Output[str]:
        """Private key, PKCS #8 PEM (secret)."""
        return property_output(self, "privateKeyPem")

    @property
    @pulumi.getter(name="notAfter")
    def not_after(self) -> pulumi.Output[str]:
        """When the certificate expires, RFC 3339."""
        return property_output(self, "notAfter")
