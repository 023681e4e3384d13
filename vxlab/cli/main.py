"""The program ``vxlab``: the commands put together, and errors told in one sentence."""

from __future__ import annotations

import os
import signal
import sys
from io import TextIOWrapper
from typing import Annotated, NoReturn, TextIO, cast

import typer

from vxlab import __version__
from vxlab.cli import root
from vxlab.cli.chosen import chosen
from vxlab.cli.plain import keep_plain
from vxlab.harmless import HarmlessStream

app = typer.Typer(
    name="vxlab",
    help="One topology file becomes a real VXLAN network in Linux namespaces, and proves that it learns.",
    epilog="Example: vxlab up topologies/multicast.yaml && vxlab verify multicast && vxlab down multicast",
    no_args_is_help=True,
    rich_markup_mode=None,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_OF_FILES = ("validate", "expand", "cheatsheet", "explain", "new", "schema")
"""The commands for which it makes no difference who runs them."""

_debug = False


def _version(wanted: bool) -> None:
    if wanted:
        print(f"vxlab {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    as_root: root.Root = False,  # noqa: ARG001  as well
    version: Annotated[  # noqa: ARG001  handled by its callback
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    global _debug
    _debug = debug


def main() -> None:
    """Run the program; the exit status is 0 (done and true), 1 (done and false, or refused) or 2 (wrong input)."""
    sys.stdout, sys.stderr = _safe(sys.stdout), _safe(sys.stderr)
    _end_orderly()
    try:
        command = typer.main.get_command(chosen(app, sys.argv[1:]))
        root.add_to(command, without=_OF_FILES)
        keep_plain(command)
        command()
    except BrokenPipeError:
        _quiet(sys.stdout)
        sys.exit(1)
    except Exception as error:
        _tell(error)


def _safe(stream: TextIO) -> TextIO:
    """A stream on which nothing that is printed acts upon a terminal. One that was closed is None."""
    # A locale without arrows must not turn an answer into a traceback.
    if isinstance(stream, TextIOWrapper):
        stream.reconfigure(errors="replace")
    return cast(TextIO, HarmlessStream(stream)) if stream and not isinstance(stream, HarmlessStream) else stream


def _end_orderly() -> None:
    """Who is told to end takes back what was begun, as with Ctrl-C. What is ignored (nohup(1)) stays so."""
    for one in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(one) is signal.SIG_DFL:
            signal.signal(one, lambda number, _: sys.exit(128 + number))


def _tell(error: Exception) -> NoReturn:
    """Print an error in words and end with its status; with --debug, its traceback too."""
    from vxlab.cli.errors import sentence

    if _debug:
        import traceback

        traceback.print_exception(error)
    text, status = sentence(error)
    print(text, file=sys.stderr)
    sys.exit(status)


def _quiet(stream: TextIO) -> None:
    """The reader of a pipe has gone: what is still buffered goes nowhere, without a complaint at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
