"""The programs that run others: setsid(1) and unshare(1) of util-linux, env(1), as the cheat sheet starts processes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from vxlab.commands.explain.reader import Reader


class Option(NamedTuple):
    """An option of such a program, by its long name."""

    text: str
    kernel: str = ""
    short: str = ""


SETSID = {
    "--fork": Option("in a process of its own, for which nobody waits", "fork(2)", "-f"),
    "--wait": Option("wait for its end, and end with its status", "wait(2)", "-w"),
    "--ctty": Option("with this terminal as the one that controls it", "TIOCSCTTY", "-c"),
}

UNSHARE = {
    "--pid": Option("in a PID namespace of its own", "unshare(2) CLONE_NEWPID", "-p"),
    "--net": Option("in a network namespace of its own", "unshare(2) CLONE_NEWNET", "-n"),
    "--mount": Option("in a mount namespace of its own", "unshare(2) CLONE_NEWNS", "-m"),
    "--fork": Option("in a child, which is the first process of the PID namespace", "fork(2)", "-f"),
    "--kill-child": Option("which ends when unshare does", "PR_SET_PDEATHSIG"),
    "--mount-proc": Option("with a /proc of its own, that shows what is in there", "mount(2) proc"),
    "--wd": Option("in this directory", "chdir(2)", "-w"),
}


def setsid(reader: Reader) -> None:
    """Read the words behind ``setsid``."""
    _options(reader, SETSID)
    _what_runs(reader)


def unshare(reader: Reader) -> None:
    """Read the words behind ``unshare``."""
    _options(reader, UNSHARE)
    _what_runs(reader)


def env(reader: Reader) -> None:
    """Read the words behind ``env``."""
    while "=" in reader.peek():
        reader.take(1, "an environment variable of the command")
    _what_runs(reader)


def _options(reader: Reader, known: Mapping[str, Option]) -> None:
    by_word = {word: option for name, option in known.items() for word in (name, option.short) if word}
    while reader.peek().startswith("-"):
        name = reader.peek().partition("=")[0]
        if name == "--":
            reader.take(1, "the end of the options")
            return
        if name in by_word:
            reader.take(1, by_word[name].text, by_word[name].kernel)
        else:
            reader.take_unknown(known)


def _what_runs(reader: Reader) -> None:
    from vxlab.commands.explain.programs import command, program_name  # which are made of these

    if program_name(reader.peek()):
        command(reader)
    elif reader:
        reader.take(reader.left, "the program that runs in there, with its arguments")
