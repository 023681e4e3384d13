"""The inits of a lab: one for each node that has processes, started with the first and ended with the last of them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, NamedTuple

from vxlab.kernel import namespaces
from vxlab.lab import processes
from vxlab.lab.disk import path_of
from vxlab.lab.record import Record
from vxlab.processes import client
from vxlab.processes.errors import EndedError, ProcessError
from vxlab.state.kind import Family
from vxlab.state.kinds import PROCESS
from vxlab.state.kinds.process import RUNNING
from vxlab.state.model import NetworkState, Resource

UNKNOWN = "unknown"
"""The state of what an init runs that does not answer."""


class Running(NamedTuple):
    """A process as its init tells of it.

    ``pid`` is its process id for the caller, ``inner`` in its node; ``status`` its exit status, or a signal as a
    negative number, None before its first end; ``since`` the seconds since 1970 at which ``state`` began.
    """

    resource: Resource
    state: str
    pid: int
    inner: int
    status: int | None
    restarts: int
    since: float


def running(lab: str, *, all_known: bool = True) -> list[Running]:
    """The processes that the inits of a lab know of, those that have ended among them.

    Args:
        lab: the lab.
        all_known: whether it is an error that an init does not answer, as it is for who means to change something. Else
            that is told by a process in no namespace, without a name, whose state is ``UNKNOWN``.

    Raises:
        ProcessError: an init does not answer, or cannot be reached.
    """
    told, silent = _told(lab, all_known)
    spaces = processes.spaces() if told else {}
    return [_unknown(node) for node in silent] + [
        _process(one, spaces.get(processes.namespace_of(pid, "pid"), {}))
        for pid, one in told
        if is_in(pid, one["told"]["namespace"])
    ]


def _told(lab: str, all_known: bool) -> tuple[list[tuple[int, dict[str, Any]]], list[str]]:
    """What the inits tell of each process, with their process ids, and the nodes whose init does not answer."""
    told: list[tuple[int, dict[str, Any]]] = []
    silent = []
    with ExitStack() as stack:
        asked = {}
        for node in client.nodes(path_of(lab)):
            init = client.connect(path_of(lab), node)
            if init is not None:
                asked[node] = stack.enter_context(init)
        for init in asked.values():
            with suppress(EndedError):
                init.send("list")  # all of them answer at once
        for node, init in asked.items():
            try:
                told += [(init.pid, one) for one in init.answer()["processes"]]
            except EndedError:
                continue
            except ProcessError:
                if all_known:
                    raise
                silent.append(node)
    return told, silent


def _unknown(node: str) -> Running:
    return Running(Resource(PROCESS, "", {"node": node, "name": ""}), UNKNOWN, 0, 0, None, 0, 0.0)


def _process(told: dict[str, Any], numbers: dict[int, int]) -> Running:
    values, state, status = told["told"]["values"], told["state"], told["status"]
    is_done = state == "ended" and status == 0 and values.get("restart") == "on-failure"
    resource = Resource(PROCESS, told["told"]["namespace"], {**values, RUNNING: state != "ended" or is_done})
    alive = state in ("running", "stopping")
    inner = told["pid"] if alive else 0
    return Running(resource, state, numbers.get(inner, 0), inner, status, told["restarts"], told["since"])


def is_in(pid: int, namespace: str) -> bool:
    """Whether an init is in the namespace that has this name now; it may have been made anew by hand."""
    with suppress(OSError):
        return processes.namespace_of(pid) == namespaces.identity(namespace)
    return False


def living(directory: Path, nodes: Mapping[str, str]) -> dict[str, list[int]]:
    """The inits of nodes, by their process ids: found without their sockets, whose files somebody may have removed.

    Args:
        directory: the directory of the lab.
        nodes: the nodes, each with its namespace.
    """
    found = processes.running(set(nodes.values()))
    logs = {node: bytes(client.log_of(directory, node)) for node in nodes}
    return {node: [pid for pid in found[where] if _writes(pid, logs[node])] for node, where in nodes.items()}


def _writes(pid: int, log: bytes) -> bool:
    """Whether a process is the init that has a log, by its arguments (``launch``)."""
    with suppress(OSError):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return words[1:3] == [b"-I", b"-S"] and log in words
    return False


def first_process(lab: str, node: str) -> int | None:
    """The process id of a node's init; None where it has none.

    Raises:
        ProcessError: it does not answer.
    """
    init = client.connect(path_of(lab), node)
    if init is None:
        return None
    with suppress(EndedError), init:
        return init.pid
    return None


def tidy(lab: Record) -> None:
    """End the inits that the lab has no use for and that run nothing, and remove the files of those that have ended.

    Raises:
        ProcessError: one does not answer.
    """
    directory, used = path_of(lab.name), nodes_of(lab.state)
    for node in client.nodes(directory):
        if node not in used:
            leave(directory, node)


def leave(directory: Path, node: str) -> None:
    """End the init of a node, unless it runs something.

    Raises:
        ProcessError: it does not answer.
    """
    init = client.connect(directory, node)
    if init is not None:
        with suppress(EndedError), init:
            if init.ask("list")["processes"]:
                return
            init.ask("stop", name="", stay=False)
            init.wait()
    client.forget(directory, node)


def nodes_of(state: NetworkState) -> set[str]:
    """The nodes that have processes."""
    return {str(process.get("node")) for process in state.family(Family.PROCESS)}
