"""Plans as the ``ip``, ``bridge`` and ``sysctl`` commands that do the same. Pure."""

from vxlab.commands.render import command, command_line
from vxlab.commands.script import script

__all__ = ["command", "command_line", "script"]
