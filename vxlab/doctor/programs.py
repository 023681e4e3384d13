"""The programs that labs are looked at with. vxlab itself makes labs without any."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator

from vxlab.doctor.model import Finding, Part, Verdict
from vxlab.state.kinds import KINDS

_PACKAGES = {
    "ip": ("iproute2", "the scripts that `vxlab cheatsheet` prints do not run"),
    "bridge": ("iproute2", "the scripts that `vxlab cheatsheet` prints do not run"),
    "tc": ("iproute2", "the scripts that `vxlab cheatsheet` prints for impaired labs do not run"),
    "ping": ("iputils-ping", "`vxlab exec h1 -- ping h2` does not work"),
    "tcpdump": ("tcpdump", "packets can be seen by `vxlab capture` alone"),
    "tshark": ("tshark", "captures are read by `vxlab inspect` alone"),
    "sudo": ("sudo", "--root does not work"),
}
"""By the name of a program: the package of Debian that has it, and what does not work without."""

_SYSTEM = "/usr/sbin:/sbin"
_FEW = 5
_VERSION = re.compile(r"iproute2-(\d+)\.(\d+)")


def findings() -> Iterator[Finding]:
    """Which are there."""
    for name, (package, lost) in _PACKAGES.items():
        if name == "sudo" and os.geteuid() == 0:
            continue
        path = shutil.which(name)
        hidden = path or shutil.which(name, path=_SYSTEM)
        if path:
            yield _iproute2(path) if name == "ip" else Finding(Part.PROGRAMS, name, Verdict.OK, path, "")
        elif hidden:
            means = "it is not on your PATH"
            yield Finding(Part.PROGRAMS, name, Verdict.LIMITED, hidden, means, f"export PATH=$PATH:{_SYSTEM}")
        else:
            yield Finding(Part.PROGRAMS, name, Verdict.MISSING, "not found", lost, f"apt-get install {package}")


def _iproute2(path: str) -> Finding:
    """The ip that is there, and what it is too old to be asked for."""
    said = subprocess.run([path, "-V"], capture_output=True, text=True, check=False).stdout
    found = _VERSION.search(said)
    if not found:
        return Finding(Part.PROGRAMS, "ip", Verdict.LIMITED, path, "it is not iproute2's", "apt-get install iproute2")
    version = (int(found[1]), int(found[2]))
    newer = [
        f"{kind.name} {option.name} ({option.iproute2})"
        for kind in KINDS.values()
        for option in kind.table.values()
        if option.iproute2 and tuple(map(int, option.iproute2.split("."))) > version
    ]
    now = f"{path}, iproute2 {found[1]}.{found[2]}"
    if not newer:
        return Finding(Part.PROGRAMS, "ip", Verdict.OK, now, "")
    shown = ", ".join(newer[:_FEW]) + (f" and {len(newer) - _FEW} more" if len(newer) > _FEW else "")
    means = f"too old for {shown}: vxlab sets them, but scripts that do so fail, and it does not show them"
    return Finding(Part.PROGRAMS, "ip", Verdict.LIMITED, now, means)
