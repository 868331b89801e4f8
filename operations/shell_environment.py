"""`slipway env`: the variables of an environment's session, after which plain `pulumi` commands just work.

It deliberately prints where the passphrase is and never what it is.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from operations.preparation import create_stack, prepare
from operations.session import open_session
from operations.stack_state import read_state

if TYPE_CHECKING:
    from operations.session import Session


def ready_session(environment: str) -> Session:
    """Return a session on which any command of the CLI works, with a stack to work on.

    Raises:
        OperationFailedError: No such environment, or a file is not what it must be.
    """
    session = open_session(environment)
    prepare(session)
    # Made here, because a plain `pulumi stack init` would write its salt to the committed file.
    if read_state(session) is None:
        create_stack(session)
    return session


def variables_json(session: Session) -> str:
    """Return the variables as a JSON object."""
    return json.dumps(session.variables, indent=2, sort_keys=True)
