"""Reads the commands out of a shell script, without running any of it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field

from vxlab.commands.explain.programs import ASSIGNMENT, program_name

Words = tuple[str, ...]


class ScriptError(ValueError):
    """The text is no script that can be read; the message says why, and in which line."""


@dataclass(frozen=True)
class Command:
    """One command of a script. ``program`` is set where the words are a line of its batch, without its name."""

    words: Words
    program: str = ""


@dataclass(frozen=True)
class Script:
    """The commands that can be explained, and how many others there were."""

    commands: tuple[Command, ...]
    others: int


_TOKEN = re.compile(
    r"""
      (?P<blank>(?:[ \t\r\f\v]|\\\r?\n)++)
    | (?P<newline>\n)
    | (?P<comment>\#[^\n]*+)
    | (?P<heredoc><<-?(?!<))
    | (?P<redirect>[0-9]*+(?:>>|>\||>&|<&|<<<|<>|>|<)|&>>?)
    | (?P<operator>&&|\|\||;;|[;&|()])
    | (?P<word>(?:
          [^\s\\'"`$;&|()<>]++ | \\.
        | '[^']*+' | "(?:[^"\\]|\\.)*+" | `[^`]*+`
        | \$\((?:[^()]|\([^()]*+\))*+\) | \$\{[^}]*+\} | \$(?!\{)
      )++)
    """,
    re.VERBOSE | re.DOTALL,
)

# Words that stand before a command and leave it a command.
_BEFORE = frozenset(("{", "!", "if", "then", "else", "elif", "while", "until", "do", "time", "exec", "command"))
# Words that belong to the shell and are no command of their own.
_ALONE = frozenset(("}", "fi", "done", "esac", ";;"))


@dataclass
class _Parts:
    """What has been read of a script."""

    words: list[str] = field(default_factory=list)
    ended: list[list[str]] = field(default_factory=list)
    heredocs: list[tuple[int, str, bool]] = field(default_factory=list)
    """Which command each belongs to, the line that ends it, and whether tabs before its lines do not count."""
    bodies: dict[int, str] = field(default_factory=dict)

    def end(self) -> None:
        if self.words:
            self.ended.append(self.words)
            self.words = []


def read_script(text: str) -> Script:
    """Read a script.

    Raises:
        ScriptError: a quotation mark has no partner.
    """
    parts = _parts(text)
    commands: list[Command] = []
    others = 0
    for number, words in enumerate(parts.ended):
        found = _command(words)
        if found:
            commands += [found, *_batch(found, parts.bodies.get(number, ""))]
        elif set(words) - _ALONE - _BEFORE:
            others += 1
    return Script(tuple(commands), others)


def _parts(text: str) -> _Parts:
    parts = _Parts()
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            line = text.count("\n", 0, at) + 1
            raise ScriptError(
                f"line {line}: a quotation mark or a brace without its partner, or a backslash before nothing"
            )
        kind, at = str(match.lastgroup), match.end()
        if kind == "word":
            parts.words.append(_unquoted(match[0]))
        elif kind == "redirect":
            at = _skip_word(text, at)
        elif kind == "heredoc":
            at = _note_heredoc(parts, text, at, strip="-" in match[0])
        elif kind == "operator":
            if match[0] == "(" and parts.words:
                # `ip() {` names a function, and is no command.
                parts.words.insert(0, "function")
            parts.end()
        elif kind == "newline":
            parts.end()
            at = _read_heredocs(parts, text, at)
    parts.end()
    return parts


def _unquoted(word: str) -> str:
    if not any(mark in word for mark in "'\"\\"):
        return word
    try:
        return " ".join(shlex.split(word)) or ""
    except ValueError:
        # A quotation mark inside of $( ), which is left to the shell.
        return word


def _skip_word(text: str, at: int) -> int:
    """The place behind the word that a redirection leads to."""
    while (match := _TOKEN.match(text, at)) and match.lastgroup == "blank":
        at = match.end()
    return match.end() if match and match.lastgroup == "word" else at


def _note_heredoc(parts: _Parts, text: str, at: int, *, strip: bool) -> int:
    end = _skip_word(text, at)
    parts.heredocs.append((len(parts.ended), _unquoted(text[at:end].strip()), strip))
    return end


def _read_heredocs(parts: _Parts, text: str, at: int) -> int:
    """The bodies of the heredocs of the line before, which begin at ``at``; returns where they end."""
    for number, last, strip in parts.heredocs:
        body: list[str] = []
        while at < len(text):
            end = text.find("\n", at)
            line = text[at : end if end >= 0 else len(text)]
            at = end + 1 if end >= 0 else len(text)
            if (line.lstrip("\t") if strip else line) == last:
                break
            body.append(line)
        parts.bodies[number] = "\n".join(body)
    parts.heredocs.clear()
    return at


def _command(words: list[str]) -> Command | None:
    """The command that can be explained, without what the shell has before it."""
    at = 0
    while at < len(words) and (words[at] in _BEFORE or ASSIGNMENT.match(words[at])):
        at += 1
    return Command(tuple(words[at:])) if at < len(words) and program_name(words[at]) else None


def _batch(command: Command, body: str) -> Iterator[Command]:
    """The commands that a program reads from its standard input."""
    program = next((program_name(word) for word in command.words if program_name(word) in ("ip", "bridge", "tc")), "")
    if not program or not any(_reads_input(command.words[at : at + 2]) for at in range(len(command.words))):
        return
    for line in re.sub(r"\\\n", " ", body).splitlines():
        try:
            words = tuple(shlex.split(line, comments=True))
        except ValueError as error:
            raise ScriptError(f"{line!r:.60}: {str(error)[:1].lower()}{str(error)[1:]}") from None
        if words:
            yield Command(words, program)


def _reads_input(words: Words) -> bool:
    return len(words) == 2 and words[1] == "-" and len(words[0]) > 1 and "-batch".startswith(words[0])
