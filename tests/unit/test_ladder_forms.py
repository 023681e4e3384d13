"""A ladder as text, SVG, HTML and Mermaid, and `vxlab inspect --ladder`."""

import json
import os
import pty
import random
import re
import struct
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests import forked
from tests.unit.ladders import (
    ANSWERS,
    ASKS,
    BACK,
    H1,
    JOURNEY,
    OUT,
    REPLY,
    REQUEST,
    V1,
    Entry,
    Scene,
    exchange,
    tunnelled,
    written,
)
from tests.unit.test_inspect import FILES, FRAMES, interface, mutated, option, packet, pcap, run, section
from tests.unit.test_ladder import GAINED, LEFT_TO_RIGHT, crowd
from vxlab.packets.ladder import Arrow, Column, Form, Gain, Ladder, Rest, Role, form_of, render, write
from vxlab.packets.ladder.output import LadderFormError
from vxlab.packets.ladder.text import lines

__all__ = ["run"]  # a fixture

Run = Callable[..., subprocess.CompletedProcess[str]]
SVG = "{http://www.w3.org/2000/svg}"
LADDER = exchange().ladder(gained=GAINED, title="VNI 42: h1 asks for h2")
LEARNS = f"vtep2 learns: {H1} (h1) is behind {V1}"
HOSTILE = [
    "end", "wrap: x", "nowrap:x", "a;b", "#35;", '%%{init: {"theme":"dark"}}%%', '"><script>alert(1)</script>',
    "a:b->>c", "]]>", "$$x^2$$", "&amp;&lt;", "`x`", "{{ x }}", "%% c", "<br/>", "-->", "x" * 300, "\\u2028", "世界",
]  # fmt: skip


def hostile(text: str) -> Ladder:
    """A ladder every text of which is the same."""
    gain = Gain(text, text, text, text, 1, text)
    arrow = Arrow(0, 1, (text, text), (1,), 1, text, (text,), (text,), 0, (gain,))
    dot = Arrow(1, 1, (text, text), (2,), 2, text, (), (), 1)
    columns = (Column(text, Role.HOST, text), Column("b", Role.ELSEWHERE))
    return Ladder(columns, (arrow, Rest(0, 1, text), dot), text, (gain,), (text,), 0)


def heads(line: str) -> list[tuple[int, int]]:
    """From where to where an arrow of a line leads."""
    right = [(m.start(), m.end()) for m in re.finditer("[├╞][─┼═╪]+▶", line)]
    left = [(m.end() - 1, m.start() - 1) for m in re.finditer("◀[─┼═╪]+[┤╡]", line)]
    return right + left


@pytest.mark.parametrize("width", [60, 80, 100, 131, 200, 500])
def test_the_terminal_shows_every_arrow_between_its_columns(width: int) -> None:
    drawn = list(lines(LADDER, width))
    assert max(map(len, drawn)) <= max(60, min(width, 200))
    head = next(line for line in drawn if "underlay" in line)
    middles = [head.index(name) + len(name) // 2 for name in LEFT_TO_RIGHT]
    shown = [pair for line in drawn for pair in heads(line)]
    assert shown == [(middles[LEFT_TO_RIGHT.index(a)], middles[LEFT_TO_RIGHT.index(b)]) for a, b, _, _ in JOURNEY]
    double = [bool(outer) for _, _, _, outer in JOURNEY]
    assert [bool(set("═╪") & set(line)) for line in drawn if heads(line)] == double
    text = "\n".join(drawn)
    assert not {"┼", "╪"} & set(text)  # no arrow of this exchange crosses a line of life
    assert text.count(ASKS) == text.count(ANSWERS) == 4 and text.count(OUT) == text.count(BACK) == 2
    # What a frame taught stands below its arrow, before the next one.
    taught = next(number for number, line in enumerate(drawn) if "vtep2 learns" in line)
    assert (LEARNS in drawn[taught]) == (width >= 80) and heads(drawn[taught - 1]) == [shown[2]]
    assert [line.split()[0] for line in drawn if heads(line)] == [str(n) for n in range(0, 16, 2)]


def test_an_arrow_crosses_the_lines_of_life_between_its_ends() -> None:
    crossed = [line for line in lines(crowd(100)[0].ladder(), 110) if set("┼╪") & set(line)]
    # From the underlay to VTEPs 3 and 37, past two and four columns, and the answer back.
    assert [line.count("╪") for line in crossed] == [2, 4, 4]
    for line in crossed:
        low, high = sorted(heads(line)[0])
        assert not set("┼╪") & set(line[:low] + line[high:])


def test_long_texts_are_broken_and_long_names_are_numbered() -> None:
    ladder = hostile("word " * 60)
    assert max(map(len, lines(ladder, 80))) <= 80
    many = crowd(100)[0].ladder(copies=None, most=None)
    first = next(lines(many, 80))
    assert first.startswith("1 h1  2 vtep1  3 underlay  4 vtep2")
    assert "no frames to draw" in render(exchange().ladder([]), Form.TEXT)


def test_long_addresses_are_whole() -> None:
    """Two of IPv6 fill a terminal; in a drawing neither is broken."""
    one, other = (f"2001:db8:aaaa:bbbb:cccc:dddd:eeee:{number}" for number in (1, 2))
    scene = Scene()
    scene.pass_by("v1:eth0", "v2:eth0", tunnelled(one, other, REQUEST))
    scene.pass_by("v2:eth0", "v1:eth0", tunnelled(other, one, REPLY))
    drawn = render(scene.ladder(gained=[Entry("v2", "vxlan42", H1, one)]), Form.TEXT, 80)
    assert all(drawn.count(address) >= 3 for address in (one, other)) and max(map(len, drawn.splitlines())) <= 80
    root = ET.fromstring(render(scene.ladder(gained=[Entry("v2", "vxlan42", H1, one)]), Form.SVG))  # noqa: S314
    texts = [text.text or "" for text in root.iter(f"{SVG}text")]
    assert f"dst {one}" in texts and all(sum(address in text for text in texts) >= 3 for address in (one, other))


def test_colours_change_nothing_but_colours() -> None:
    painted = [re.sub(r"<\w*:\d+>", "", line) for line in lines(LADDER, 100, lambda s, j, t: f"<{s}:{j}>{t}")]
    assert painted == list(lines(LADDER, 100))


def test_the_drawing_has_what_the_ladder_has() -> None:
    root = ET.fromstring(render(LADDER, Form.SVG))  # noqa: S314  vxlab made it
    texts = [text.text or "" for text in root.iter(f"{SVG}text")]
    assert texts[0] == "VNI 42: h1 asks for h2" and texts[1:10:2] == LEFT_TO_RIGHT
    for wanted in (ASKS, ANSWERS, OUT, BACK, "vtep2 learns h1", f"{H1} dev vxlan42 dst {V1}", "14 µs"):
        assert wanted in texts
    lives = [float(line.attrib["x1"]) for line in root.iter(f"{SVG}line") if line.attrib["class"] == "life"]
    shafts = [line.attrib for line in root.iter(f"{SVG}line") if "line" in line.attrib["class"].split()]
    points = [head.attrib["points"].split() for head in root.iter(f"{SVG}polygon")]
    tips, necks = ([float(one[number].split(",")[0]) for one in points] for number in (0, 1))
    places = dict(zip(LEFT_TO_RIGHT, lives, strict=True))
    assert [(float(shaft["x1"]), tip) for shaft, tip in zip(shafts, tips, strict=True)] == [
        (places[start], places[end]) for start, end, _, _ in JOURNEY
    ]
    for shaft, tip, neck in zip(shafts, tips, necks, strict=True):
        assert min(float(shaft["x1"]), tip) < neck < max(float(shaft["x1"]), tip) and neck == float(shaft["x2"])
    assert [float(shaft["y1"]) for shaft in shafts] == sorted(float(shaft["y1"]) for shaft in shafts)
    tubes = [line for line in root.iter(f"{SVG}line") if "tube" in line.attrib["class"]]
    assert len(tubes) == 4
    width, height = (float(root.attrib[name]) for name in ("width", "height"))
    for shape in root.iter():
        assert 0 <= float(shape.attrib.get("x", 0)) <= width and 0 <= float(shape.attrib.get("y", 0)) <= height


@pytest.mark.parametrize("text", HOSTILE)
def test_text_stays_text_in_a_drawing(text: str) -> None:
    root = ET.fromstring(render(hostile(text), Form.SVG))  # noqa: S314
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg", "title", "style", "rect", "g", "line", "text", "polygon", "circle"
    }  # fmt: skip
    assert not [name for element in root.iter() for name in element.attrib if name.startswith("on") or "href" in name]
    if len(text) < 20:
        assert [e.text for e in root.iter(f"{SVG}text")].count(text) >= 4


class Page(HTMLParser):
    """The tags of a page, and the text of its table."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.texts: list[str] = []
        self._in_table = False

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        self.tags.append(tag)
        self._in_table |= tag == "tbody"

    def handle_data(self, data: str) -> None:
        if self._in_table and data.strip():
            self.texts.append(data.strip())


@pytest.mark.parametrize("text", HOSTILE)
def test_text_stays_text_in_a_page(text: str) -> None:
    page = Page()
    page.feed(render(hostile(text), Form.HTML))
    assert "script" not in page.tags and "br" not in page.tags and page.tags.count("tr") == 3
    assert page.texts.count(text) == 4  # two messages, what is around one of them, and a note


def test_a_page_needs_nothing_else_and_says_all() -> None:
    whole = render(LADDER, Form.HTML)
    assert not re.search(r"""(src|href)=|url\(|@import|<script""", whole)
    assert whole.count("VNI 42: h1 asks for h2") == 2  # the name of the page, and its heading
    assert "default-src 'none'" in whole and whole.count("prefers-color-scheme: dark") == 1
    page = Page()
    page.feed(whole)
    assert page.tags.count("svg") == page.tags.count("h1") == 1 and page.tags.count("tr") == 1 + len(JOURNEY)
    assert "vtep1:eth0 → underlay:vtep1" in page.texts and LEARNS in page.texts


STATEMENT = re.compile(
    r"title [^#\n;]+"
    r"|(participant|actor) p\d+ as [^#\n;]+"
    r"|p\d+->>p\d+: [^#\n;]+"
    r"|Note over p\d+(,p\d+)?: [^#\n;]+"
)
"""As sequenceDiagram.jison of Mermaid has them: a text ends at "#", ";" and the end of the line. What is an entity was
replaced before (encodeEntities() in utils.ts): "#", a word or a number, ";"."""
ENTITY = re.compile(r"#\w+;")


def said(diagram: str) -> list[str]:
    """The texts of a diagram after its first line, entities read."""
    first, *rest = diagram.splitlines()
    assert first == "sequenceDiagram"
    for line in rest:
        assert STATEMENT.fullmatch(ENTITY.sub("ﬂ", line.strip())), line
        assert not re.search(r"%%|\$\$|[<>]", line.replace("->>", "", 1).replace("<br/>", "")), line
    return [ENTITY.sub(lambda m: chr(int(m[0][1:-1])), line.strip()) for line in rest]


@pytest.mark.parametrize("text", [text for text in HOSTILE if text.isprintable()])
def test_text_stays_text_in_mermaid(text: str) -> None:
    told = said(render(hostile(text), Form.MERMAID))
    assert f"participant p0 as {text}<br/>{text}" in told
    assert f"p0->>p1: 0 µs {text}<br/>{text}<br/>{text}" in told
    assert f"Note over p0,p1: {text}" in told
    # After ":" and "as", these would be instructions.
    raw = render(hostile(text), Form.MERMAID)
    assert not re.search(r"^ *(?:[^:]*:|\w+ p\d as) *(?:no)?wrap:", raw, re.MULTILINE)


def test_mermaid_has_what_the_ladder_has() -> None:
    told = said(render(LADDER, Form.MERMAID))
    assert told[1:6] == [
        "participant p0 as h1<br/>10.20.0.1", f"participant p1 as vtep1<br/>{V1}", "participant p2 as underlay",
        "participant p3 as vtep2<br/>192.168.8.2", "participant p4 as h2<br/>10.20.0.2",
    ]  # fmt: skip
    ways = [line.partition(":")[0] for line in told if "->>" in line]
    assert ways == [f"p{LEFT_TO_RIGHT.index(a)}->>p{LEFT_TO_RIGHT.index(b)}" for a, b, _, _ in JOURNEY]
    assert told[8:10] == [f"p2->>p3: 4 µs {ASKS}<br/>{OUT}", f"Note over p3: {LEARNS}"]
    assert render(LADDER, Form.MARKDOWN) == f"```mermaid\n{render(LADDER, Form.MERMAID)}```\n"


def test_the_name_of_a_file_says_what_is_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    forms = {"svg": Form.SVG, "HTML": Form.HTML, "mmd": Form.MERMAID, "md": Form.MARKDOWN, "txt": Form.TEXT}
    for suffix, form in forms.items():
        file = tmp_path / f"ladder.{suffix}"
        assert form_of(str(file)) is form
        write(LADDER, str(file))
        assert file.read_text(encoding="utf-8") == render(LADDER, form)
    write(LADDER, "-", 120)
    assert capsys.readouterr().out == render(LADDER, Form.TEXT, 120)
    for name in ("ladder", "ladder.png", ".svg"):
        with pytest.raises(LadderFormError):
            write(LADDER, str(tmp_path / name))
    assert len(list(tmp_path.iterdir())) == len(forms)


def test_times_are_in_the_unit_that_fits() -> None:
    def times(*seconds: float) -> list[str]:
        scene = Scene()
        for at in seconds:
            scene.see("a:eth0", "out", REQUEST, int(at * 10**6))
        return [line.split()[0] for line in lines(scene.ladder()) if heads(line)]

    assert times(1, 1.009999) == ["0", "9999"]
    assert times(1, 1.01) == ["0.000", "10.000"]
    assert times(1, 1.5) == ["0.000", "500.000"]
    assert times(1, 12) == ["0.000", "11.000"]


def test_inspect_draws_a_ladder(run: Run, tmp_path: Path) -> None:
    file = written(exchange(), tmp_path / "file.pcapng")
    shown = run(file, "--ladder")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert len([line for line in shown.stdout.splitlines() if heads(line)]) == len(JOURNEY)
    for form in Form:
        suffix = {"text": "txt", "mermaid": "mmd", "markdown": "md"}.get(form.value, form.value)
        into = tmp_path / f"out.{suffix}"
        quiet = run(file, "--ladder", "-o", into)
        assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
        assert run(file, "--format", form.value).stdout == into.read_text(encoding="utf-8")
    assert run(file, "-o", "-").stdout == shown.stdout
    data = json.loads(run(file, "--ladder", "--json").stdout)
    assert [(a["from"], a["to"], a["message"], tuple(a["outer"])) for a in data["arrows"]] == JOURNEY
    assert data["arrows"][1]["from_link"] == "eth0" and data["arrows"][1]["frames"] == [3, 4]


def test_what_contradicts_itself_is_refused(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(FILES["little"])
    for words in (
        ("--ladder", "--summary"), ("--ladder", "--frame", 1), ("--frame", 1, "--summary"),
        ("--frames", "1-2", "--summary"), ("--frames", "1-2", "--frame", 1), ("--json", "--format", "svg"),
        ("--json", "-o", tmp_path / "a.svg"),
        ("-o", tmp_path / "a.png"), ("--format", "png"),
        *(("--frames", text) for text in ("0", "5-4", "x", "", "-", "1-2-3", "-0", "٣", "1.5")),
    ):  # fmt: skip
        ended = run(file, *words)
        assert (ended.returncode, ended.stdout) == (2, ""), words
    assert not (tmp_path / "a.svg").exists()
    refused = run(file, "-o", tmp_path / "none" / "a.svg")
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (2, "", 1)
    assert "cannot be written" in refused.stderr


def test_some_frames(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(FILES["little"])
    total = len(FRAMES)
    for span, wanted in {
        "2-4": [2, 3, 4], "3": [3], "-2": [1, 2], f"{total - 1}-": [total - 1, total], f"{total}-999": [total],
        "999-": [],
    }.items():  # fmt: skip
        assert [row["number"] for row in json.loads(run(file, "--frames", span, "--json").stdout)] == wanted
        drawn = json.loads(run(file, "--ladder", "--frames", span, "--json").stdout)
        assert [arrow["frames"] for arrow in drawn["arrows"]] == [[number] for number in wanted]
    assert "has no such frames" in run(file, "--frames", "999-").stderr
    # What comes behind the last of them is not read: the file may be a pipe that stays open.
    file.write_bytes(FILES["little"][:-3])
    assert run(file, "--frames", "1-3").returncode == 0
    cut = run(file, "--ladder")
    assert cut.returncode == 1 and "is cut in the middle" in cut.stderr and cut.stdout.count("VNI 42") > 3


def test_a_long_capture_says_how_to_go_on(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.write_bytes(pcap([bytes(REQUEST)] * 200))
    shown = run(file, "--ladder")
    assert "120 more arrows left out, from frame 81 on" in shown.stdout
    assert shown.stderr == "vxlab: --frames 81- draws what follows\n"
    assert len(json.loads(run(file, "--ladder", "--json").stdout)["arrows"]) == 200
    many = pcap([bytes(REQUEST)] * 2100)
    file.write_bytes(many)
    data = json.loads(run(file, "--ladder", "--json").stdout)
    assert len(data["arrows"]) == 2000 and data["notes"] == [
        "frames from 2001 on were not read: they are too many for one ladder"
    ]


def test_hostile_names_reach_no_terminal_and_no_markup(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "file"
    name = "<script>\x1b]0;x\x07</script>:eth0\n\u202e"
    flags = option("<", 2, struct.pack("<I", 2)) + option("<", 0, b"")
    frame = packet("<", 0, 0, FRAMES[0])[8:-4] + flags
    length = struct.pack("<I", len(frame) + 12)
    file.write_bytes(section("<") + interface("<", name) + struct.pack("<I", 6) + length + frame + length)
    for form in Form:
        ended = run(file, "--format", form.value)
        assert ended.returncode == 0 and "script" in ended.stdout
        assert ended.stdout.replace("\n", "").isprintable()
        assert "<script>" not in ended.stdout or form is Form.TEXT


def test_whatever_frames_say_is_drawn() -> None:
    chance = random.Random(4)  # noqa: S311  the same frames each time
    for _ in range(80):
        scene = Scene("multicast")
        for _ in range(chance.randrange(1, 20)):
            data = mutated(chance, chance.choice(FRAMES))
            where, way = chance.choice(("h1:eth0", "vtep1:eth0", "vtep1:br42", "")), chance.choice(("in", "out", ""))
            scene.see(where, way, data, wire=len(data) + chance.choice((0, 9)))
        if chance.random() < 0.5:
            scene.state = None
        ladder = scene.ladder()
        shown = {form: render(ladder, form, chance.randrange(10, 250)) for form in Form}
        assert all(text.replace("\n", "").isprintable() for text in shown.values())
        ET.fromstring(shown[Form.SVG])  # noqa: S314
        said(shown[Form.MERMAID])
        page = Page()
        page.feed(shown[Form.HTML])
        assert page.tags.count("tr") == 1 + len(list(ladder.arrows))


def test_a_pipe_and_a_terminal(tmp_path: Path) -> None:
    """In a terminal there are colours, and it is as wide as that; NO_COLOR takes the colours away."""
    file = written(exchange(), tmp_path / "file.pcapng")
    shown: dict[str, str] = {}
    for name, more, env in (
        ("coloured", ["--ladder"], {}), ("plain", ["--ladder"], {"NO_COLOR": "1"}), ("frame", ["--frame", "3"], {}),
    ):  # fmt: skip
        ours, theirs = pty.openpty()
        environment = {**os.environ, "COLUMNS": "120", **env}
        if not env:
            environment.pop("NO_COLOR", None)
        with subprocess.Popen(**forked.program("inspect", file, *more, env=environment), stdout=theirs) as process:
            os.close(theirs)
            parts = []
            try:
                while part := os.read(ours, 65536):
                    parts.append(part)
            except OSError:  # the other end is closed
                pass
            assert process.wait(60) == 0
        os.close(ours)
        shown[name] = b"".join(parts).decode().replace("\r\n", "\n")
    assert "\x1b[" in shown["coloured"] and "\x1b[" not in shown["plain"]
    assert re.sub(r"\x1b\[[0-9;]*m", "", shown["coloured"]) == shown["plain"]
    assert max(map(len, shown["plain"].splitlines())) > 100
    # One frame: the bytes of a layer have the colour of its fields.
    layers = re.findall(r"\x1b\[(\d+)m(VXLAN|ARP), bytes", shown["frame"])
    assert len({colour for colour, _ in layers}) == 2
    arp = next(colour for colour, name in layers if name == "ARP")
    assert f"\x1b[{arp}m00 01" in shown["frame"] or f"\x1b[{arp}m00" in shown["frame"].split("0050  ")[1]
