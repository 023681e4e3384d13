"""pyroute2's classes of messages, without the rest of it.

Whoever imports one of its modules imports the package first, and that asyncio, sqlite3, ssl, unittest and all that it
is beside: this takes as long as to bring a small lab up. So the package is there, and its own code is run when somebody
asks it for something that is not a module.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

_NAME = "pyroute2"


class _Package(ModuleType):
    """A package whose modules can be imported, and which has not been run itself."""

    def __init__(self, spec: ModuleSpec) -> None:
        super().__init__(spec.name)
        self.__spec__, self.__path__, self.__file__ = spec, spec.submodule_search_locations or [], spec.origin

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}", name=name, obj=self)
        if PathFinder.find_spec(f"{self.__name__}.{name}", self.__path__):
            return import_module(f"{self.__name__}.{name}")
        # From here on it is as any other.
        self.__class__ = ModuleType  # type: ignore[assignment]
        assert self.__spec__ is not None and self.__spec__.loader is not None  # noqa: S101  it was found
        self.__spec__.loader.exec_module(self)
        return getattr(self, name)


def prepare() -> None:
    """Have the package run late, unless it has been run, or is not there to be found."""
    spec = PathFinder.find_spec(_NAME)
    if _NAME not in sys.modules and spec is not None:
        sys.modules[_NAME] = _Package(spec)
