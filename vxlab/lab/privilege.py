"""What the caller may do: root has the machine's namespaces, and everybody else those that are their own.

An ordinary user joins them, and is root in there: whatever follows needs to make no difference.
"""

from __future__ import annotations

import os
import pwd

from vxlab.lab.errors import LabError, NotRootError, UnknownNameError
from vxlab.outfile import uid_behind_sudo
from vxlab.rootless.errors import ForbiddenError, HolderError
from vxlab.rootless.world import machine_uid


def obtain() -> None:
    """See that this process, which must have one thread, may make and enter namespaces.

    Raises:
        NotRootError: the machine does not let an ordinary user have any.
        LabError: the user's own cannot be joined.
    """
    _join(start=True)


def has_labs() -> bool:
    """Join the labs of the caller, who may have none: then nothing of a lab may be looked at, for it would be root's.

    Raises:
        LabError: they cannot be joined.
    """
    return _join(start=False)


def join() -> None:
    """Join the labs of the caller.

    Raises:
        UnknownNameError: there are none.
        LabError: they cannot be joined.
    """
    if not has_labs():
        raise UnknownNameError("no lab of yours is up: start one with vxlab up FILE, or see root's with --root")


def _join(*, start: bool) -> bool:
    if os.geteuid() == 0:
        return True
    from vxlab.rootless.join import join

    try:
        return join(start=start)
    except ForbiddenError as error:
        raise NotRootError(f"{error}; or let root do it: the same command with --root") from error
    except HolderError as error:
        raise LabError(str(error)) from error


def require_root() -> None:
    """Raises NotRootError unless the caller is root, here or in namespaces of their own."""
    if os.geteuid() != 0:
        raise NotRootError("namespaces are made by root, or by whoever has called obtain() first")


def caller() -> str:
    """The user who asks, also through sudo, as far as it is known: for readers, not for a decision."""
    said = uid_behind_sudo()
    uid = machine_uid() if said is None else said
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
