"""Whether this user can have namespaces, and what forbids it."""

from __future__ import annotations

from collections.abc import Iterator

from vxlab.doctor.model import Finding, Part, Verdict
from vxlab.rootless.forbidden import why
from vxlab.rootless.holder import USERS, is_logged_in
from vxlab.rootless.world import machine_uid


def findings(refused: OSError | None, *, root: bool) -> Iterator[Finding]:
    """How it went to make namespaces, as the trial found.

    Args:
        refused: what the kernel said where it did not let them be made.
        root: whether it was root who tried.
    """
    name = "namespaces" if root else "user namespaces"
    if refused is None:
        yield Finding(Part.NAMESPACES, name, Verdict.OK, "can be made", "", "", True)
    else:
        now = f"cannot be made: {refused.filename}: {refused.strerror}"
        if root:
            means = "this root has not all rights (CAP_SYS_ADMIN): a container has to be given them"
            yield Finding(Part.NAMESPACES, name, Verdict.MISSING, now, means, "", True)
        for cause in [] if root else why(refused):
            yield Finding(Part.NAMESPACES, name, Verdict.MISSING, now, cause.what, cause.command, True)
    if not root:
        yield _logout()


def _logout() -> Finding:
    """Whether the end of a login is seen."""
    if is_logged_in(machine_uid()):
        return Finding(Part.NAMESPACES, "logging out", Verdict.OK, f"{USERS} tells it", "")
    means = "labs stay until they are taken down, their holder is ended, or the machine is"
    return Finding(Part.NAMESPACES, "logging out", Verdict.LIMITED, "systemd-logind does not know you", means)
