"""What several families share."""

from __future__ import annotations

import socket

from vxlab.kernel.rtnetlink import NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE
from vxlab.plan import Action

FLAGS = {
    Action.CREATE: NLM_F_CREATE | NLM_F_EXCL,
    Action.CHANGE: NLM_F_CREATE | NLM_F_REPLACE,
    Action.DELETE: 0,
}
"""The netlink flags of a request: ``add`` fails on what exists, ``replace`` does not."""

AF_BRIDGE = 7


def address_family(version: int) -> int:
    return socket.AF_INET if version == 4 else socket.AF_INET6
