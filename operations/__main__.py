"""`python -m operations`: the `slipway` command, where its script is not on PATH."""

from operations.cli import main

if __name__ == "__main__":
    main()
