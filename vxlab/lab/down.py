"""Down: taking a lab away. It imports no netlink: a namespace takes all that is in it along."""

from __future__ import annotations

from contextlib import suppress

from vxlab.kernel import namespaces
from vxlab.lab import processes, record
from vxlab.lab.listener import SILENT, Listener, Progress
from vxlab.lab.privilege import require_root
from vxlab.lab.record import Record
from vxlab.plan import plan
from vxlab.state.kinds import NAMESPACE
from vxlab.state.model import NetworkState, Resource


def down(lab: str, listener: Listener = SILENT) -> bool:
    """Remove a lab: its processes, its namespaces, its files. A half-made lab goes as a whole one does.

    Returns:
        Whether there was one.

    Raises:
        NotRootError: before anything was changed.
        OSError: the kernel refused.
    """
    require_root()
    if record.read(lab) is None:
        return False
    with record.lock(lab, listener.notice):
        there = record.read(lab)
        if there is None:
            return False
        listener.total(len(there.namespaces))
        remove(there, listener.progress)
        return True


def remove(there: Record, progress: Progress | None = None) -> None:
    """The plan from what the lab may have to nothing, which is to delete its namespaces."""
    processes.end(there.namespaces)
    existing = _existing(there)
    for done, step in enumerate(plan(existing, NetworkState()), start=1):
        namespaces.delete(step.namespace)
        if progress:
            progress(done)
    with record.registry():
        record.remove(there.name)
        if record.MOUNT_MARK.exists() and not record.names():
            namespaces.unprepare()
            record.MOUNT_MARK.unlink(missing_ok=True)
            with suppress(OSError):
                record.DIRECTORY.rmdir()


def _existing(there: Record) -> NetworkState:
    """The namespaces of a lab that exist, without what is in them: a half-made one cannot be entered."""
    return NetworkState.of(Resource(NAMESPACE, name) for name in there.namespaces if namespaces.exists(name))
