"""Sheets to read: whole in both forms, whatever a file holds. Parsers that are not vxlab's are the judges."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.conftest import ROOT
from tests.unit.drawn import drawn, validates, written
from vxlab.commands import command_line
from vxlab.commands.sheets.forms import html, markdown
from vxlab.commands.sheets.lab_sheet import lab_sheet
from vxlab.commands.sheets.looking import LOOKING
from vxlab.commands.sheets.sheet import NONE, Example, Section, Sheet, Table
from vxlab.plan import plan
from vxlab.state.model import NetworkState
from vxlab.topology import Topology, load, loads

VOID = {"meta", "link", "br", "hr", "img", "input"}

HOSTILE = [
    "a | b | c",
    "`code` and ``more`` and ```fence```",
    "```\nout of the fence\n```",
    "~~~\nout\n~~~",
    "<script>alert(1)</script>",
    "</pre></code></samp></title></style><img src=x onerror=alert(1)>",
    "<!-- a comment --><![CDATA[x]]>",
    "[a link](https://example.com) ![an image](x) <https://example.com>",
    "[ref]: https://example.com",
    "# no heading",
    "- no list",
    "+ no list",
    "* no list",
    "1. no list",
    "12) no list",
    "> no quote",
    "---",
    "===",
    "***bold*** _it_ ~~gone~~",
    "    no code",
    "\tno code",
    "costs $1 and $2, $$x$$, \\(x\\) \\[y\\]",
    "&lt;b&gt; &amp; &#60;",
    "\"double\" and 'single'",
    "back\\slash \\` \\| \\",
    "{{ 7 * 7 }} {% raw %} {# gone #}",
    "ünïcödé 中文 🙂",
    "two\nlines",
    "two\r\n\r\nparagraphs",
    "| a | b |\n| --- | --- |\n| c | d |",
]
HIDDEN = ["\x1b[31mred\x1b[0m", "left\u202eright\u202c", "zero\u200bwidth", "bell\x07", "back\x08space", "next\x85line"]
NOT_SHOWN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def sheet_of(topology: Topology, *only: str) -> Sheet:
    steps = plan(NetworkState(), topology.state)
    return lab_sheet(topology.name, topology.description, topology.state, steps, only)


def commands_of(topology: Topology) -> list[str]:
    return [command_line(step) for step in plan(NetworkState(), topology.state)]


# What other programs see.


class Page(HTMLParser):
    """A page, which must be strictly balanced: what each element holds, in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.path: list[str] = []
        self.open: list[int] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()
        assert self.path == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.path.append(tag)
            self.open.append(len(self.texts))
            self.texts.append((tag, ""))

    def handle_endtag(self, tag: str) -> None:
        assert self.path.pop() == tag
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open:
            tag, text = self.texts[self.open[-1]]
            self.texts[self.open[-1]] = (tag, text + data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(f"a declaration: {data}")

    def inside(self, tag: str) -> list[str]:
        return [text for name, text in self.texts if name == tag]


def tokens(text: str) -> list[Token]:
    """The blocks of a text, and what is in their lines, as GitHub's dialect has them."""
    blocks = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    return [token for block in blocks for token in (block, *(block.children or []))]


def code_lines(text: str) -> list[str]:
    """The lines of all blocks of commands, without comments."""
    blocks = [token.content for token in tokens(text) if token.type == "fence" and token.info == "sh"]
    return [line for block in blocks for line in block.splitlines() if line and not line.startswith("#")]


def check_page(text: str) -> Page:
    """A page that is whole, asks nobody for anything, and can be found one's way in."""
    page = Page(text)
    names = [name for name, _ in page.elements]
    assert names[0] == "html" and page.elements[0][1]["lang"] == "en"
    assert len(page.inside("title")) == 1 and page.inside("title")[0]
    assert not {"script", "link", "img", "iframe", "object", "form", "base"} & set(names)
    assert not any(
        name in attributes for _, attributes in page.elements for name in ("src", "srcset", "style", "onload")
    )
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for name, attributes in page.elements:
        if "href" in attributes:
            assert name == "a" and str(attributes["href"]).removeprefix("#") in ids
    css = page.inside("style")[0]
    assert "url(" not in css and "@import" not in css
    levels = [int(name[1]) for name in names if re.fullmatch("h[1-6]", name)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    return page


# Labs.


def check_sheet(topology: Topology) -> None:
    """Both forms have each command of the plan exactly once, and a picture that fits."""
    sheet, commands = sheet_of(topology), commands_of(topology)
    assert len(commands) == len(set(commands))
    text = markdown(sheet)
    in_markdown = "\n".join(["", *code_lines(text), ""])
    in_html = [text.strip() for text in check_page(html(sheet)).inside("code")]
    for command in commands:
        assert in_markdown.count(f"\n{command}\n") == 1, command
        assert in_html.count(command) == 1, command
    assert all(example.purpose and "\n" not in example.purpose for example in examples(sheet))
    assert all(len(line) <= 100 for line in sheet.picture.splitlines())
    assert all(token.type not in ("html_block", "html_inline", "image", "link_open") for token in tokens(text))


def examples(sheet: Sheet) -> Iterator[Example]:
    for section in sheet.sections:
        yield from section.examples
        yield from (example for part in section.parts for example in part.examples)


def test_library_sheets_are_whole(library_file: Path) -> None:
    check_sheet(load(library_file))


@given(drawn)
@settings(max_examples=60)
def test_any_sheet_is_whole(document: dict[str, Any]) -> None:
    if validates(document):
        check_sheet(loads(written(document)))


@pytest.mark.parametrize(
    "text",
    [
        "nodes: {a: {}}",
        "nodes: {a: {links: {lo: {addresses: 192.0.2.1/32}}}}",
        "nodes: {a: {links: {vx: {kind: vxlan, vni: 1}}}}",
    ],
)
def test_little_labs(text: str) -> None:
    check_sheet(loads(f"name: little\n{text}\n"))


def test_what_a_purpose_says() -> None:
    said = {
        example.command: example.purpose for example in examples(sheet_of(load(ROOT / "topologies/multicast.yaml")))
    }
    (of_tunnel,) = (purpose for command, purpose in said.items() if "vtep1 link add name vxlan42" in command)
    assert of_tunnel.startswith(
        "the VTEP of VNI 42: unknown destinations and broadcasts go to group 239.1.1.42 by eth0 (RFC 7348 section 4.2)"
    )
    said = {
        example.command: example.purpose for example in examples(sheet_of(load(ROOT / "topologies/replicate.yaml")))
    }
    flood = "bridge -n replicate-vtep1 fdb append 00:00:00:00:00:00 dev vxlan42 dst 192.168.8.2"
    assert said[flood].startswith("floods to the VTEP at 192.168.8.2 (vtep2) too")
    assert "head-end replication" in said[flood]


@pytest.mark.parametrize("node", ["leaf-spine-leaf2", "leaf-spine-spine1"])
def test_one_node_has_its_commands_and_no_others(node: str) -> None:
    topology = load(ROOT / "topologies/leaf-spine.yaml")
    wanted = [command for command in commands_of(topology) if node in command.split()]
    built = set(commands_of(topology))
    shown = [example.command for example in examples(sheet_of(topology, node))]
    assert sorted(command for command in shown if command in built) == sorted(wanted)
    assert "leaf2" in sheet_of(topology, node).picture


def test_the_picture_of_a_large_lab_is_small_and_has_the_node_that_is_asked_for() -> None:
    topology = load(ROOT / "topologies/hundred.yaml")
    picture = sheet_of(topology).picture
    assert len(picture.splitlines()) < 25 and "vtep1 " in picture and "94 more" in picture
    assert "h77 " in sheet_of(topology, "hundred-h77").picture


def test_a_picture() -> None:
    assert (
        sheet_of(load(ROOT / "topologies/multicast.yaml")).picture
        == """\
underlay: a switch (node underlay)
════════════╤═════════════════════════════╤══════════════
            │ eth0                        │ eth0
┌───────────┴─────────────┐   ┌───────────┴─────────────┐
│ vtep1  192.168.8.1      │   │ vtep2  192.168.8.2      │
├─────────────────────────┤   ├─────────────────────────┤
│ VNI 42  vxlan42 in br42 │   │ VNI 42  vxlan42 in br42 │
│ └─ h1  10.20.0.1/24     │   │ └─ h2  10.20.0.2/24     │
└─────────────────────────┘   └─────────────────────────┘

VNI 42  UDP port 4789, floods to group 239.1.1.42"""
    )


def test_the_table_says_where_there_is_none() -> None:
    assert LOOKING.commands == (1, 2)
    assert all(len(row) == len(LOOKING.head) and all(row) for row in LOOKING.rows)
    assert any(row[2] == NONE for row in LOOKING.rows)
    page = Page(html(Sheet("t", "", (Section("s", table=LOOKING),))))
    assert NONE not in page.inside("code") and NONE in page.inside("td")


# Hostile text.


def full(text: str) -> Sheet:
    """A sheet with a text in every place."""
    example = Example(text, text, text)
    part = Section(text, text, (example, example))
    table = Table((text, "command"), ((text, text), ("a", NONE)), (1,))
    return Sheet(text, text, (Section(text, text, (example,), table, (part,)), Section("end", "")), text)


SHAPE = [
    (token.type, token.tag)
    for token in tokens(markdown(full("word")))
    if token.type not in ("text", "inline", "softbreak")
]


def seen(text: str) -> str:
    """What of a text can be seen, on one line."""
    return " ".join("".join(c for c in text.replace("\t", " ").replace("\n", " ") if c.isprintable()).split())


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_in_its_place_in_markdown(text: str) -> None:
    found = tokens(markdown(full(text)))
    lines = [line for line in text.splitlines() if line.strip()]
    shape = [(t.type, t.tag) for t in found if t.type not in ("text", "inline", "softbreak", "text_special")]
    if len(lines) == 1:
        assert shape == SHAPE
    allowed = {name for name, _ in SHAPE} | {"text", "inline", "softbreak", "text_special"}
    assert {token.type for token in found} <= allowed
    assert len([token for token in found if token.type == "heading_open"]) == 4
    headings = [
        "".join(child.content for child in after.children or [])
        for token, after in pairwise(found)
        if token.type == "heading_open"
    ]
    assert headings == [seen(text)] * 3 + ["end"]
    fences = [token.content for token in found if token.type == "fence"]
    # The picture, and each command with its answer.
    assert len(fences) == 7
    answer = "\n".join(line.replace("\r", "").replace("\t", " ").rstrip() for line in text.split("\n"))
    assert fences[0] == f"{answer}\n" and fences[2::2] == fences[:1] * 3


@pytest.mark.parametrize("text", HOSTILE)
def test_a_cell_holds_its_text(text: str) -> None:
    found = tokens(markdown(Sheet("t", "", (Section("s", table=Table(("a", "b"), ((text, text),), (1,))),))))
    cells = [after for token, after in pairwise(found) if token.type == "td_open"]
    plain, code = ("".join(child.content for child in cell.children or []) for cell in cells)
    assert plain == seen(text)
    assert code.strip() == seen(text)
    assert [child.type for child in cells[1].children or []] == ["code_inline"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_in_its_place_in_html(text: str) -> None:
    def outline(page: Page) -> list[str]:
        return [name for name, _ in page.elements]

    page = check_page(html(full(text)))
    if len([line for line in text.splitlines() if line.strip()]) == 1:
        assert outline(page) == outline(Page(html(full("word"))))
    assert page.inside("h1") == page.inside("title") == [seen(text)]
    assert all(" ".join(code.split()) == seen(text) for code in page.inside("code") if code != NONE)


@pytest.mark.parametrize("text", HIDDEN)
def test_what_would_hide_is_taken_out(text: str) -> None:
    for form in (markdown, html):
        assert not NOT_SHOWN.search(form(full(text)))


@pytest.mark.parametrize("text", [*HOSTILE, *HIDDEN])
def test_a_hostile_description(text: str) -> None:
    topology = load(ROOT / "topologies/multicast.yaml")
    steps = plan(NetworkState(), topology.state)
    sheet = lab_sheet(topology.name, text, topology.state, steps)
    friendly = lab_sheet(topology.name, "word", topology.state, steps)
    assert code_lines(markdown(sheet)) == code_lines(markdown(friendly))
    assert check_page(html(sheet)).inside("code") == Page(html(friendly)).inside("code")


def test_a_comment_stays_one() -> None:
    sheet = Sheet("t", "", (Section("s", "", (Example("true", "first\n touch hit\r touch hit\u2028touch hit"),)),))
    assert code_lines(markdown(sheet)) == ["true"]
