"""`python -m toolchain.images [NAME...]`: build the images that are missing, all of them when none is named.

It deliberately is no second command line of slipway; `slipway setup` does the same with everything else.
"""

from __future__ import annotations

import sys

from rich.console import Console

from toolchain.images.build import build_all

outcomes = build_all(Console(soft_wrap=True), sys.argv[1:])
sys.exit(any(outcome.status == "failed" for outcome in outcomes))
