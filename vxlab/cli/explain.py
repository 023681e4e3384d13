"""What a command means: explain."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from vxlab.cli.output import Json, as_json, notice

if TYPE_CHECKING:
    from vxlab.commands.explain import Explanation, Script

_MOST = 2_000_000
"""Bytes of a script: the one of a hundred VTEPs has a fifth of that."""


def add_to(app: typer.Typer) -> None:
    example = "Example: vxlab explain ip link add vxlan42 type vxlan id 42 dstport 4789"
    # What stands behind the first word belongs to the command that is explained, also -n and the like.
    settings = {"allow_interspersed_args": False}
    app.command("explain", epilog=example, context_settings=settings)(explain)


def explain(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="COMMAND",
            help="A command of ip, bridge or sysctl, also in quotation marks; without one, or with -, a script is "
            "read from standard input.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Say what each word of an ip, bridge or sysctl command does, and what the kernel calls it.

    Exit status 1 where a word is not known.
    """
    from vxlab.commands.explain import ScriptError
    from vxlab.commands.explain import explain as explain_words

    given = words[1:] if words and words[0] == "--" else words or []
    explanations: Iterable[Explanation]
    others = 0
    if len(given) > 1 or (given and given[0] != "-" and not any(c.isspace() for c in given[0])):
        explanations = [explain_words(given)] if given[0] else []
    else:
        try:
            script, explanations = _of_script(given[0] if given and given != ["-"] else _standard_input())
        except ScriptError as error:
            _refuse(f"cannot be read as a script: {error}")
        others = script.others
    known = _tell(explanations, others, json=json)
    if known is None:
        _refuse("there is no command of ip, bridge or sysctl to explain")
    raise typer.Exit(0 if known else 1)


def _of_script(text: str) -> tuple[Script, Iterable[Explanation]]:
    from vxlab.commands.explain import explain_script, read_script

    script = read_script(text)
    return script, explain_script(script)


def _standard_input() -> str:
    if sys.stdin is None or sys.stdin.isatty():
        _refuse("say which command to explain, or give a script on standard input")
    # Whatever comes, also what is no text.
    text = sys.stdin.buffer.read(_MOST + 1)
    if len(text) > _MOST:
        _refuse(f"a script of more than {_MOST:,} bytes is not explained: give a part of it")
    return text.decode(errors="replace")


def _refuse(why: str) -> NoReturn:
    print(f"vxlab: {why}", file=sys.stderr)
    raise typer.Exit(2)


def _tell(explanations: Iterable[Explanation], others: int, *, json: bool) -> bool | None:
    """Print the explanations; whether every word is known, or None where there is none."""
    from vxlab.commands.explain.text import as_data, lines

    known: bool | None = None
    data = []
    for explanation in explanations:
        if json:
            data.append(as_data(explanation))
        else:
            print("\n".join(["", *lines(explanation)][known is None :]))
        known = known is not False and explanation.known
    if json and known is not None:
        as_json({"known": known, "commands": data, "others": others})
    elif others and known is not None:
        notice(f"{others} other shell command{'s are' if others > 1 else ' is'} not explained")
    return known
