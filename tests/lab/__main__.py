"""A rack to try things on: `python -m tests.lab make DIRECTORY [GENERAL] > environments/Pulumi.rack.yaml`.

`python -m tests.lab remove DIRECTORY` takes it away again.
"""

from __future__ import annotations

import sys
from pathlib import Path

import docker

from tests.lab.debian13 import REPOSITORY
from tests.lab.rack import Rack

NAME = "rack"

verb, directory = sys.argv[1], Path(sys.argv[2])
engine = docker.from_env(timeout=120)
rack = Rack(engine, NAME, directory.resolve())
rack.remove()
if verb == "remove":
    for kept in engine.images.list(REPOSITORY):
        engine.images.remove(str(kept.id), force=True)
if verb == "make":
    workers = {f"{NAME}-general-{index}": "general" for index in range(int(sys.argv[3]) if len(sys.argv) > 3 else 1)}
    own = {f"{NAME}-front": "load-balancer", f"{NAME}-control": "control-plane", f"{NAME}-data": "database"}
    sys.stdout.write(rack.settings(rack.make({**own, **workers})))
