"""The ``Certificate`` resource class.

It does not issue anything itself: the plugin does.
"""

from collections.abc import Sequence

import pulumi

from plugins.slipway.sdk.property_output import property_output


class Certificate(pulumi.CustomResource):
    """A key and a certificate from a ``CertificateAuthority``; reissued when within 30 days of its end."""

    def __init__(
        self,
        resource_name: str,
        opts: pulumi.ResourceOptions | None = None,
        *,
        ca_certificate_pem: pulumi.Input[str],
        ca_private_key_pem: pulumi.Input[str],
        common_name: pulumi.Input[str],
        dns_names: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        ip_addresses: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None,
        validity_days: pulumi.Input[int] | None = None,
        server_auth: pulumi.Input[bool] | None = None,
        client_auth: pulumi.Input[bool] | None = None,
    ) -> None:
        """Register the resource.

        Args:
            resource_name: Name in the stack.
            opts: Pulumi's resource options.
            ca_certificate_pem: Certificate of the issuer.
            ca_private_key_pem: Private key of the issuer (kept as a secret).
            common_name: Subject of the certificate.
            dns_names: DNS names that it is valid for.
            ip_addresses: IP addresses that it is valid for.
            validity_days: How long it is valid; 365 when absent.
            server_auth: Whether a server may use it; true when absent.
            client_auth: Whether a client may use it; false when absent.
        """
        properties = {
            "caCertificatePem": ca_certificate_pem,
            "caPrivateKeyPem": pulumi.Output.secret(ca_private_key_pem),
            "commonName": common_name,
            "dnsNames": dns_names,
            "ipAddresses": ip_addresses,
            "validityDays": validity_days,
            "serverAuth": server_auth,
            "clientAuth": client_auth,
            "certificatePem": None,
            "privateKeyPem": None,
            "notAfter": None,
        }
        super().__init__("slipway:index:Certificate", resource_name, properties, opts)

    @property
    @pulumi.getter(name="caCertificatePem")
    def ca_certificate_pem(self) -> pulumi.Output[str]:
        """Certificate of the issuer, PEM."""
        return property_output(self, "caCertificatePem")

    @property
    @pulumi.getter(name="commonName")
    def common_name(self) -> pulumi.Output[str]:
        """Subject of the certificate."""
        return property_output(self, "commonName")

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
