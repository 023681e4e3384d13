"""Plans as the ``ip``, ``bridge`` and ``sysctl`` commands that do the same. Pure."""

from vxlab.commands.render import command, command_line
from vxlab.commands.script import of_nodes, script
from vxlab.commands.versions import notes

__all__ = ["command", "command_line", "notes", "of_nodes", "script"]
