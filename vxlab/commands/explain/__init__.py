"""Commands of ``ip``, ``bridge`` and ``sysctl`` explained word by word, out of the tables that write them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vxlab.commands.explain.meaning import Explanation, Meaning
from vxlab.commands.explain.programs import PROGRAMS, command
from vxlab.commands.explain.reader import UNKNOWN, Reader
from vxlab.commands.explain.split import Script, ScriptError, read_script

__all__ = ["UNKNOWN", "Explanation", "Meaning", "Script", "ScriptError", "explain", "explain_script", "read_script"]


def explain(words: Sequence[str], program: str = "") -> Explanation:
    """Explain one command.

    Args:
        words: the command as a list of arguments.
        program: ``ip`` or ``bridge`` where the words are a line of its batch, and its name is not among them.
    """
    reader = Reader(words)
    if program:
        PROGRAMS[program][1](reader)
    else:
        command(reader)
    return Explanation(tuple(words), tuple(reader.meanings))


def explain_script(script: Script) -> Iterator[Explanation]:
    """Explain the commands of a script, one after the other."""
    return (explain(found.words, found.program) for found in script.commands)
