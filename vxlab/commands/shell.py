"""What stands in every script around its commands: who it is for, what it needs, and how it takes a lab away again.

It is put together here and not by a template: to load what reads those takes longer than to write a script.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from vxlab.commands.plain import comment
from vxlab.commands.versions import USUAL, Version, shown

PACKAGES = {"iproute2": "ip", "sysctl": "sysctl", "util-linux": "unshare"}
"""Where the programs of a script come from, by one of each."""


class About(NamedTuple):
    """What a script says of itself.

    ``only`` are the namespaces that it makes where that is not the whole lab, ``others`` those that its cables lead to.
    ``at_home`` are those that are the machine's own, ``undo`` the commands that take away what the lab has in one.
    ``programs`` are called by the script itself, ``inside`` by those. ``version`` is the iproute2 that it needs.
    ``odd`` is whether texts in it look like something that a shell would read.
    """

    name: str
    description: str
    namespaces: Collection[str]
    only: Collection[str]
    others: Collection[str]
    programs: Collection[str]
    inside: Collection[str]
    version: Version | None
    odd: bool
    at_home: Collection[str] = ()
    undo: Collection[str] = ()

    @property
    def all_programs(self) -> list[str]:
        return sorted({*self.programs, *self.inside})


def front(about: About) -> Iterator[str]:
    """What stands before the commands, in pieces of one line or more."""
    yield from _comments(about)
    yield "set -eu\n"
    yield f"NAMESPACES={_words(name for name in about.namespaces if name not in about.at_home)}"
    if about.at_home:
        yield "# The machine's own namespace gets a name, and a few links: it goes on without them."
        yield f"MACHINE={_words(about.at_home)}"
    yield f"PROGRAMS={_words(about.all_programs)}"
    if about.others:
        yield "# Where the other ends of its cables are."
        yield f"OTHERS={_words(about.others)}"
    yield _AGAIN
    yield from (_LOUD.replace("PROGRAM", program) for program in sorted(about.programs))
    yield _TEARDOWN.replace("MACHINE", _AT_HOME.format(undo="\n        ".join(about.undo)) if about.at_home else "")
    if about.version:
        major, minor = map(str, about.version)
        yield _VERSION.replace("MAJOR", major).replace("MINOR", minor).replace("SHOWN", shown(about.version))
    yield _NONE_THERE.replace("ALL", "$NAMESPACES $MACHINE" if about.at_home else "$NAMESPACES")
    if about.others:
        yield _OTHERS_THERE


def _words(words: Iterable[str]) -> str:
    return shlex.quote(" ".join(words))


def _comments(about: About) -> Iterator[str]:
    needed = " and ".join(package for package, program in PACKAGES.items() if program in about.all_programs)
    yield "#!/bin/sh"
    yield f"# Lab {about.name}, as the commands that build it. vxlab wrote this; it needs only {needed} to run."
    if about.description:
        yield f"#\n{comment(about.description)}"
    if about.only:
        yield f"#\n# This is {' and '.join(about.only)} alone, not the whole lab."
    if about.version and about.version > USUAL:
        yield f"#\n# It needs iproute2 {shown(about.version)} or newer: see the commands that say so."
    yield f"#\n# As root:  sh FILE              builds {'it' if about.only else 'the lab'}"
    yield "#           sh FILE --teardown   takes it away, with every process in it"
    if about.odd:
        yield "#\n# Texts stand in it as they are meant: nothing in them is for the shell."
        yield "# shellcheck disable=SC1003,SC1010,SC1112,SC2016,SC2088"


_AGAIN = """\

# How this can be called again: by its name, or as what a shell reads.
self="sh $0"
[ -f "$0" ] || self="sh -s --"

# What fails is said with its command, and ends the script."""

_LOUD = 'PROGRAM() { command PROGRAM "$@" || { echo "$0: this failed: PROGRAM $*" >&2; exit 1; }; }'

_TEARDOWN = """\

teardown() {
    for ns in $NAMESPACES; do
        [ -e "/var/run/netns/$ns" ] || continue
        # Words on purpose: one process id each. Who does not listen has a second.
        for signal in TERM 0 0 0 0 0 KILL; do
            # shellcheck disable=SC2046
            set -- $(ip netns pids "$ns")
            [ $# -gt 0 ] || break
            kill -s "$signal" "$@" 2>/dev/null || true
            sleep 0.2
        done
        ip netns del "$ns"
    done
MACHINE}

case "$#:${1-}" in
    0:) ;;
    1:--teardown) teardown; exit 0 ;;
    *) echo "usage: $self [--teardown]" >&2; exit 2 ;;
esac

for program in $PROGRAMS; do
    command -v "$program" >/dev/null || { echo "$0: $program is missing" >&2; exit 1; }
done"""

_VERSION = """\
# iproute2 says "ip utility, iproute2-6.1.0"; what says something else is not judged.
have=$(ip -V)
have=${have##*iproute2-}
have=${have#v}
case "$have" in
    [0-9]*.[0-9]*)
        rest=${have#*.}
        if [ "${have%%.*}" -lt MAJOR ] || { [ "${have%%.*}" -eq MAJOR ] && [ "${rest%%[!0-9]*}" -lt MINOR ]; }; then
            echo "$0: this needs iproute2 SHOWN, and here is $have; nothing was changed" >&2
            exit 1
        fi
        ;;
esac"""

_AT_HOME = """\
    for ns in $MACHINE; do
        [ -e "/var/run/netns/$ns" ] || continue
        {undo}
        ip netns del "$ns"
    done
"""
"""Its processes are not the lab's."""

_NONE_THERE = """\
for ns in ALL; do
    if [ -e "/var/run/netns/$ns" ]; then
        echo "$0: namespace $ns exists already; nothing was changed ($self --teardown removes the lab)" >&2
        exit 1
    fi
done"""

_OTHERS_THERE = """\
for ns in $OTHERS; do
    if [ ! -e "/var/run/netns/$ns" ]; then
        echo "$0: there is no namespace $ns for the other end of a cable; nothing was changed" >&2
        exit 1
    fi
done"""

STOPPED_EARLY = """trap '[ $? -eq 0 ] || echo "$0: stopped early; $self --teardown removes what was made" >&2' EXIT"""
"""The last line before the commands."""
