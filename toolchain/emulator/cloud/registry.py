"""What ECR does and ministack leaves out: nobody pushes or pulls without a login.

It deliberately knows the one login that ministack hands out, and leaves the registry itself to ministack.
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from toolchain.emulator.cloud import ministack_internals as ministack

if TYPE_CHECKING:
    from toolchain.emulator.cloud.ministack_internals import Answer

# As in the answer of ministack's GetAuthorizationToken.
LOGIN = base64.b64encode(b"AWS:ministack-auth-token").decode()
REFUSAL = {"errors": [{"code": "UNAUTHORIZED", "message": "Not Authorized"}]}


def complete() -> None:
    """Ask for the login from now on."""
    serve = ministack.ecr.handle_registry_request

    async def serve_if_known(method: str, path: str, headers: dict[str, str], *rest: Any) -> Answer:  # noqa: ANN401
        given = next((value for name, value in headers.items() if name.lower() == "authorization"), "")
        if given != f"Basic {LOGIN}":
            challenge = {"Content-Type": "application/json", "WWW-Authenticate": 'Basic realm="ecr.amazonaws.com"'}
            return 401, challenge, json.dumps(REFUSAL).encode()
        answer: Answer = await serve(method, path, headers, *rest)
        return answer

    ministack.ecr.handle_registry_request = serve_if_known
