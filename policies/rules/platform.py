"""Which namespaces are the platform's own, where more is allowed than to an application.

It deliberately is a short literal list: a namespace that is not in it is an application's.
"""

from typing import Final

SYSTEM: Final = "kube-system"
GATEWAY: Final = "slipway-gateway"
NAMESPACES: Final = frozenset({SYSTEM, GATEWAY, "kube-public", "kube-node-lease"})
