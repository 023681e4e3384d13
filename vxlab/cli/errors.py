"""Errors as the user sees them: one sentence, and the exit status that goes with it."""

from __future__ import annotations

import os

from vxlab.commands.render import command_line
from vxlab.harmless import printable
from vxlab.kernel.errors import KernelError, MissingFeatureError
from vxlab.lab.errors import LabError
from vxlab.packets.errors import PacketError
from vxlab.packets.files.model import CaptureFileError
from vxlab.topology import SettingError, TopologyError
from vxlab.topology.starter import StarterError


def sentence(error: Exception) -> tuple[str, int]:
    """The words for an error and its exit status."""
    if isinstance(error, TopologyError):
        return str(error), 2
    if isinstance(error, SettingError | StarterError):
        return f"vxlab: {error}", 2
    if isinstance(error, LabError | CaptureFileError | PacketError):
        return f"vxlab: {error}", error.status
    if isinstance(error, KernelError):
        return f"vxlab: {error}\n       by hand: {command_line(error.step)}", 1
    if isinstance(error, MissingFeatureError):
        return f"vxlab: {error}", 1
    if isinstance(error, PermissionError) and os.geteuid() != 0:
        return "vxlab: only root may look into network namespaces: run the same command with sudo", 1
    if isinstance(error, OSError):
        where = f": {printable(str(error.filename))}" if error.filename else ""
        return f"vxlab: {error.strerror or error}{where}", 1
    what = f"{type(error).__name__}: {error}".partition("\n")[0]
    return f"vxlab: this should not happen, and vxlab --debug shows where it did: {what:.300}", 1
