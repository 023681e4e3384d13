"""Errors as the user sees them: one sentence, and the exit status that goes with it."""

from __future__ import annotations

from vxlab.commands.render import command_line
from vxlab.harmless import printable
from vxlab.kernel import namespaces
from vxlab.kernel.errors import KernelError, MissingFeatureError
from vxlab.lab.errors import LabError
from vxlab.packets.errors import PacketError
from vxlab.packets.files.model import CaptureFileError
from vxlab.processes.errors import ProcessError
from vxlab.topology import MachineError, SettingError, TopologyError
from vxlab.topology.starter import StarterError


def sentence(error: Exception) -> tuple[str, int]:
    """The words for an error and its exit status."""
    if isinstance(error, TopologyError):
        return str(error), 2
    if isinstance(error, SettingError | StarterError | MachineError):
        return f"vxlab: {error}", 2
    if isinstance(error, LabError | CaptureFileError | PacketError | ProcessError):
        return f"vxlab: {error}", error.status
    if isinstance(error, KernelError):
        return f"vxlab: {error}\n       by hand: {command_line(error.step)}", 1
    if isinstance(error, MissingFeatureError):
        return f"vxlab: {error}", 1
    if isinstance(error, FileNotFoundError) and str(error.filename).startswith(f"{namespaces.DIRECTORY}/"):
        gone = str(error.filename).removeprefix(f"{namespaces.DIRECTORY}/")
        return f"vxlab: namespace {gone} is not there: another command is changing the lab, or somebody removed it", 1
    if isinstance(error, OSError):
        where = f": {printable(str(error.filename))}" if error.filename else ""
        return f"vxlab: {error.strerror or error}{where}", 1
    what = f"{type(error).__name__}: {error}".partition("\n")[0]
    return f"vxlab: this should not happen, and vxlab --debug shows where it did: {what:.300}", 1
