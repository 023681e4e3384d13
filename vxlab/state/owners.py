"""Which node of a lab has an address or a MAC, so that who reads a frame or a table need not look it up."""

from __future__ import annotations

from collections.abc import Callable

from vxlab.state.kind import Family
from vxlab.state.model import NetworkState


class Names:
    """The names of nodes by address and MAC; without a state it knows none.

    Two segments may have the same addresses: then all their nodes are named.
    """

    def __init__(self, state: NetworkState | None = None, node_of: Callable[[str], str] = str) -> None:
        self._names: dict[str, list[str]] = {}
        if state is None:
            return
        for link in state.family(Family.LINK):
            if link.values.get("mac"):
                self._note(str(link.get("mac")), node_of(link.namespace))
            if link.values.get("local"):  # which a network card may have that the file says nothing of
                self._note(str(link.get("local")), node_of(link.namespace))
        for address in state.family(Family.ADDRESS):
            self._note(str(address.get("address")).partition("/")[0], node_of(address.namespace))

    def _note(self, what: str, node: str) -> None:
        names = self._names.setdefault(what, [])
        if node not in names:
            names.append(node)

    def of(self, what: str) -> str:
        """The node or nodes that have an address or a MAC; empty where none is known to."""
        return " or ".join(self._names.get(what, ()))

    def shown(self, what: str) -> str:
        """An address or a MAC with the name of who has it."""
        name = self.of(what)
        return f"{what} ({name})" if name else what
