"""The general sheet: what everybody needs of ``ip`` and ``bridge``, to read or as a script that tries it all."""

from __future__ import annotations

from collections.abc import Iterator

from vxlab.commands.plain import comment
from vxlab.commands.sheets.ip_examples import EXAMPLES, TABLES
from vxlab.commands.sheets.sheet import Example, Section, Sheet

_TEXT = (
    "Every command runs as it stands, from top to bottom, in an empty network namespace: sudo unshare --net opens a "
    "shell in one, and nothing there touches the machine. As a script that does all of it by itself: vxlab cheatsheet "
    "--format sh. What a command means, word by word: vxlab explain.\n"
    "Words may be cut short: ip a, ip l, ip r and ip n are ip addr, ip link, ip route and ip neigh. In what commands "
    "answer, … stands for what differs from one machine to the next."
)

_HEAD = """\
#!/bin/sh
# What everybody needs of ip and bridge, as a script that tries each command. vxlab wrote this.
#
# As root:  sh FILE   makes a network namespace of its own, runs all there, and removes it at the end.
# Nothing outside of that namespace is changed. Lines with "->" are what the command before them answers.
set -eu

for program in bridge head ip ping; do
    command -v "$program" >/dev/null || { echo "$0: $program is missing" >&2; exit 1; }
done

ns=ip-sheet-$$

# Each of these shows the command as it was typed, and runs it in the namespace.
ip() { echo "\\$ ip $*"; command ip -n "$ns" "$@"; }
bridge() { echo "\\$ bridge $*"; command bridge -n "$ns" "$@"; }
ping() { echo "\\$ ping $*"; command ip netns exec "$ns" ping "$@"; }

# Whatever ends the script, the namespace goes.
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
command ip netns add "$ns"
trap 'command ip netns del "$ns"' EXIT
"""


def general(form: str) -> str:
    """The general sheet.

    Args:
        form: ``sh``, ``md`` or ``html``.

    Raises:
        ValueError: another form.
    """
    if form == "sh":
        return script()
    if form not in ("md", "html"):
        raise ValueError(f"{form!r} is no form of a sheet")
    # Jinja is slow to import, and the script needs none.
    from vxlab.commands.sheets.forms import html, markdown

    return (markdown if form == "md" else html)(general_sheet())


def general_sheet() -> Sheet:
    """The sheet as data."""
    from vxlab.commands.sheets.looking import looking

    return Sheet("The ip command", _TEXT, (*EXAMPLES, *TABLES, looking()))


def script() -> str:
    """The examples as a script for a POSIX shell that runs them in a namespace of its own."""
    return _HEAD + "".join(line for section in EXAMPLES for line in _section(section))


def _section(section: Section) -> Iterator[str]:
    yield f"\n\n# ---- {section.title} ----\n"
    for example in section.examples:
        yield f"\n{comment(example.purpose)}\n{example.command}\n{_answer(example)}"


def _answer(example: Example) -> str:
    return "".join(f"# -> {line}\n" for line in example.output.splitlines())
