"""Loads Pulumi's generated protocol modules without loading the rest of the SDK.

Only the names below are meant to be used; a plugin that wants the SDK itself imports ``pulumi``.
"""

import importlib.machinery
import sys
import types


def _skip_package_init() -> None:
    """Make ``pulumi.runtime.proto`` importable without running ``pulumi/__init__.py``.

    The SDK's own start costs about 25 MiB and a second of CPU in every plugin process, none of which a plugin uses.
    """
    spec = importlib.machinery.PathFinder.find_spec("pulumi")
    if spec is None or not spec.submodule_search_locations:
        raise ImportError("The package 'pulumi' is not installed beside this plugin: run 'make setup'.")
    root = spec.submodule_search_locations[0]
    for name, path in (("pulumi", root), ("pulumi.runtime", f"{root}/runtime")):
        module = types.ModuleType(name)
        module.__path__ = [path]
        sys.modules[name] = module


def lean_imports() -> None:
    """Call first in a plugin's ``__main__``; does nothing where the SDK is loaded already (as in tests)."""
    if "pulumi" not in sys.modules:
        _skip_package_init()
