"""Jinja2 as templates see it: sandboxed, without files, and with the origin of every text.

A mistake is found in what a template printed and has to be shown in the template. So the compiled template yields,
before each text, a mark: where in the template the text, the expression or the statement stands that printed it. The
marks are empty strings that know it: what a template makes of its own texts is not changed by them.
"""

from __future__ import annotations

import codecs
import html  # noqa: F401  see PRELOADED
import textwrap  # noqa: F401  see PRELOADED
from collections.abc import Iterable, Iterator, Mapping
from traceback import walk_tb
from typing import Any

import jinja2.debug  # noqa: F401  see PRELOADED
from jinja2 import StrictUndefined, TemplateSyntaxError, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError, UndefinedError
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.runtime import Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import missing

from vxlab.suggest import did_you_mean
from vxlab.topology import child

PRELOADED = codecs.lookup("unicode_escape")
"""This and the modules named above are what Jinja2 loads when it needs it: too late where no file can be opened."""


class Mark(str):
    """No text, but what is known of the text that follows.

    It comes from ``offset`` in the template; ``literal`` says whether it stands there as it is.
    """

    offset = 0
    literal = False


class RefusedError(Exception):
    """What is refused of a template, each with its line, or 0 where it is not in the template."""

    def __init__(self, problems: list[tuple[int, str]]) -> None:
        super().__init__(problems)
        self.problems = problems


def compiled(source: str, settings: Mapping[str, Any]) -> Iterable[str]:
    """A template as what it prints, in pieces, each after its mark.

    Raises:
        RefusedError: it asks for files, or does not ask for a setting.
        jinja2.TemplateSyntaxError: it is no template.
    """
    environment = _Sandbox(settings)
    tree = environment.parse(source)
    others = (nodes.Extends, nodes.FromImport, nodes.Import, nodes.Include)
    if wanted := [node.lineno for node in tree.find_all(others)]:
        raise RefusedError([(line, "a template is one file: it can neither include nor import") for line in wanted])
    template = environment.from_string(tree)
    if unknown := sorted(settings.keys() - environment.asked):
        known = environment.asked - settings.keys() - environment.globals.keys()
        raise RefusedError(
            [
                (0, f"--set {name}: the template uses no {name}{did_you_mean(name, known) if known else ''}")
                for name in unknown
            ]
        )
    # Not Template.generate, which rewrites tracebacks.
    return template.root_render_func(template.new_context(dict(settings)))


def line_of(error: BaseException) -> int:
    """The line of the template in which something went wrong; 0 where it was in none."""
    if isinstance(error, TemplateSyntaxError):
        return error.lineno
    line = 0
    for frame, number in walk_tb(error.__traceback__):
        template = frame.f_globals.get("__jinja_template__")
        if template is not None:
            line = template.get_corresponding_lineno(number)
    return line


def words_for(error: BaseException) -> str:
    """What went wrong, in words."""
    text = " ".join(str(error).split())[:300].rstrip(".")
    if isinstance(error, TemplateSyntaxError):
        return f"this is not a Jinja2 template: {text}"
    if isinstance(error, UndefinedError):
        return text
    if isinstance(error, SecurityError):
        return f"a template may not do this: {text}"
    if isinstance(error, child.OvertimeError):
        text = f"it takes more than {child.CPU_SECONDS} s"
    elif isinstance(error, MemoryError):
        text = f"it takes more than {child.MEMORY // 1_000_000} MB of memory"
    elif isinstance(error, RecursionError | SyntaxError):  # CPython compiles 20 loops in each other
        text = "it nests too deeply, or calls itself for ever"
    return f"the template cannot be rendered: {text or type(error).__name__}"


class _Marker(str):
    """What makes a mark, in Python. The parser and compiler of Jinja2 carry it as if it were a literal text."""


class _Marks(Extension):
    """Puts a mark before every literal text, expression and statement."""

    _MARKED = ("data", "variable_begin", "block_begin")

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        self._source = source
        return source

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        marks = self._marks()
        for token in stream:
            if token.type in self._MARKED:
                yield Token(token.lineno, "data", next(marks))
            yield token

    def _marks(self) -> Iterator[_Marker]:
        """The tokens know their lines alone. As they come, without what is not marked, the places are found."""
        at = 0
        for _, kind, text in self.environment.lexer.tokeniter(self._source, None):
            at = self._source.index(text, at)  # white space that a minus sign takes away is in no token
            if kind in self._MARKED:
                yield _Marker(f"environment.mark({at}, {kind == 'data'})")
            at += len(text)


class _Generator(CodeGenerator):
    """Compiles marks to `yield` of them, and notes which names a template asks for."""

    environment: _Sandbox

    def visit_Output(self, node: nodes.Output, frame: Frame) -> None:  # noqa: N802
        for item in node.nodes:
            marker = item.data if isinstance(item, nodes.TemplateData) else None
            if not isinstance(marker, _Marker):
                super().visit_Output(nodes.Output([item], lineno=item.lineno), frame)
            elif frame.buffer is None:  # else the text does not go out yet
                self.writeline(f"yield {marker}", item)

    def enter_frame(self, frame: Frame) -> None:
        super().enter_frame(frame)
        self.environment.asked |= {name for how, name in frame.symbols.loads.values() if how == "resolve" and name}

    def _output_child_to_const(self, node: nodes.Expr, frame: Frame, finalize: Any) -> str:
        # What is computed while compiling, and runs away, does so in no line.
        if not isinstance(node, nodes.TemplateData):
            raise nodes.Impossible
        return super()._output_child_to_const(node, frame, finalize)


class _Sandbox(ImmutableSandboxedEnvironment):
    code_generator_class = _Generator

    def __init__(self, settings: Mapping[str, Any]) -> None:
        super().__init__(
            extensions=[_Marks],
            undefined=_undefined(settings),
            finalize=lambda value: "null" if value is None else value,  # as YAML has it
            keep_trailing_newline=True,
            optimized=False,  # as in _output_child_to_const
        )
        self.asked: set[str] = set()
        # A template means the same each time.
        del self.filters["random"], self.globals["lipsum"]

    @staticmethod
    def mark(offset: int, literal: bool) -> Mark:
        mark = Mark()
        mark.offset, mark.literal = offset, literal
        return mark


def _undefined(settings: Mapping[str, Any]) -> type[Undefined]:
    class Missing(StrictUndefined):
        @property
        def _undefined_message(self) -> str:
            name = self._undefined_name
            if self._undefined_hint or self._undefined_obj is not missing:
                return super()._undefined_message
            near = did_you_mean(str(name), settings) if settings else ""
            return f"{name} is undefined: give it with --set {name}=VALUE{near}"

        __index__ = __abs__ = __round__ = StrictUndefined._fail_with_undefined_error

    return Missing
