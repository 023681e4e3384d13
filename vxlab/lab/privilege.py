"""What the caller may do."""

from __future__ import annotations

import os

from vxlab.lab.errors import NotRootError


def require_root() -> None:
    """Raises NotRootError unless the caller is root."""
    if os.geteuid() != 0:
        raise NotRootError("only root may make network namespaces: run the same command with sudo")
