"""Files, names, values and surroundings that somebody made to do harm: refused or harmless, soon and in little memory.

What they do as root is in tests/kernel/test_hostile.py.
"""

import json
import os
import re
import shlex
import threading
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml

from tests.unit.hostile import MARK, WORDS, Ended, quick, run
from tests.unit.test_inspect import FRAMES, block, interface, packet, section
from vxlab.topology.source import MAX_BYTES

LAB = "segments: {s: {vni: 1}}\nvteps: {v1: {}, v2: {}}\nhosts: {h1: {vtep: v1}, h2: {vtep: v2}}\n"


def bomb(levels: int, width: int) -> str:
    lines = ["a0: &a0 [x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, levels)]
    return "\n".join(lines)


LARGE: dict[str, tuple[bool, Callable[[], bytes | str]]] = {
    "an anchors bomb": (False, lambda: bomb(30, 10)),
    "a wide anchors bomb": (False, lambda: bomb(4, 5000)),
    "a bomb of mappings": (False, lambda: "a: &a {x: 1}\n" + "".join(f"b{n}: &b{n} {{x: *a}}\n" for n in range(4_900))),
    "a line of 10 MB": (True, lambda: f"{LAB}description: {'x' * (MAX_BYTES - 200)}\n"),
    "a line of 11 MB": (False, lambda: f"{LAB}description: {'x' * (MAX_BYTES + 1_000_000)}\n"),
    "a key of 10 MB": (False, lambda: f'? "{"x" * (MAX_BYTES - 100)}"\n: 1\n'),
    "a name of 10 MB": (False, lambda: f"name: {'x' * (MAX_BYTES - 100)}\n{LAB}"),
    "deep lists": (False, lambda: f"nodes: {'[' * 100_000}"),
    "deep mappings": (False, lambda: f"nodes: {'{a: ' * 100_000}"),
    "deep dashes": (False, lambda: f"nodes:\n {'- ' * 100_000}x"),
    "keys": (False, lambda: "nodes:\n" + "".join(f"  n{n}: {{}}\n" for n in range(100_000))),
    "wrong keys": (False, lambda: "".join(f"k{n}: 1\n" for n in range(4_900))),
    "equal keys": (False, lambda: "nodes:\n" + "  a: {}\n" * 4_900),
    "items": (False, lambda: f"nodes: [{'a,' * 2_000_000}]"),
    "anchors": (False, lambda: f"nodes: [{''.join(f'&a{n} x,' for n in range(500_000))}]"),
    "comments": (False, lambda: "#" * (MAX_BYTES - 1)),
    "line ends": (False, lambda: "\n" * (MAX_BYTES - 1)),
    "a number": (False, lambda: f"nodes: {{a: {{links: {{x: {{kind: vxlan, vni: {'9' * 1_000_000}}}}}}}}}"),
    "ranges": (False, lambda: "nodes: {" + ", ".join(f'"{c}[1-9999]": {{}}' for c in "abcdefghij") + "}"),
    "cables": (True, lambda: 'nodes: {"n[1-700]": {}}\nlinks: [["n[1-700]:e0", "n[1-700]:e1"]]'),
}
"""Files that are large, or mean much, and whether they are topologies."""


@pytest.mark.parametrize("what", LARGE)
def test_what_is_large_is_refused_soon(tmp_path: Path, what: str) -> None:
    is_right, made = LARGE[what]
    file, content = tmp_path / "large.yaml", made()
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    ended = run("validate", file).is_modest()
    if is_right:
        assert ended.is_harmless().status == 0, ended.err[:300]
    else:
        assert re.match(rf"{file}:\d+:\d+: ", ended.is_refused().err)
        assert len(ended.err) < 3_000_000 and all(len(line) < 1000 for line in ended.err.splitlines())


RUNAWAYS = [
    "{% for i in range(10**5) %}{% for j in range(10**5) %}{% endfor %}{% endfor %}",
    "{{ 10**(10**8) }}",
    "{{ 'x' * 10**10 }}",
    "{% set x = [1] * 10**9 %}",
    "{% for i in range(10**5) %}{{ 'x' * 10**5 }}{% endfor %}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{% include '/etc/passwd' %}",
    "{{ self._TemplateReference__context.globals }}",
    "{{ cycler.__init__.__globals__.os.system('touch " + MARK + "') }}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ '%s' | format('x') }}{{ '{0.__class__}'.format(1) }}",
]


@pytest.mark.parametrize("text", RUNAWAYS)
def test_a_template_that_runs_away_is_ended_soon(tmp_path: Path, text: str) -> None:
    file = tmp_path / "lab.yaml.j2"
    file.write_text(f"nodes: {{a: {{}}}}\n# {text}\n")
    ended = run("expand", file, cwd=tmp_path).is_modest().is_harmless()
    assert ended.status in (0, 2) and not (tmp_path / MARK).exists()
    assert "root:" not in ended.out


WRONG: dict[str, bytes] = {
    "python tag": b"nodes: !!python/object/apply:os.system ['touch " + MARK.encode() + b"']\n",
    "python name": b"name: !!python/name:os.system x\n",
    "tag": b"nodes: !x {a: {}}\n",
    "tag directive": b"%TAG ! tag:example.org,2000:\n---\nnodes: !x {}\n",
    "version": b"%YAML 9.9\n---\nnodes: {a: {}}\n",
    "merge key": b"x: &x {a: {}}\nnodes: {<<: *x}\n",
    "binary": b"name: !!binary aGVsbG8=\n",
    "set": b"nodes: !!set {a}\n",
    "two documents": b"nodes: {a: {}}\n---\nnodes: {b: {}}\n",
    "recursion": b"nodes: &n {a: *n}\n",
    "a key that is a list": b"? [a]\n: 1\n",
    "nul": b"name: a\0b\n",
    "utf-16": "nodes: {a: {}}\n".encode("utf-16"),
    "utf-32": "nodes: {a: {}}\n".encode("utf-32"),
    "not utf-8": b"name: \xff\xfe\n",
    "overlong": b"name: \xc0\xaf\n",
    "surrogate": b"name: \xed\xa0\x80\n",
    "a program": b"\x7fELF\x02\x01\x01" + bytes(200),
    "nan": b"nodes: {a: {links: {x: {kind: vxlan, vni: .nan}}}}\n",
    "infinity": b"nodes: {a: {links: {x: {kind: vxlan, vni: .inf}}}}\n",
    "a fraction": b"nodes: {a: {links: {x: {kind: vxlan, vni: 1e3}}}}\n",
    "an endless range": b'nodes: {"v[1-999999999]": {}}\n',
    "a longer range": b'nodes: {"v[1-99999999999999999999]": {}}\n',
    "ranges in ranges": b'nodes: {"v[[1-9]-9]": {}}\n',
    "a name of a path": b"name: ../../tmp/x\nnodes: {a: {}}\n",
    "a node of a path": b'nodes: {"../a": {}}\n',
    "a link of a path": b'nodes: {a: {links: {"../x": {kind: bridge}}}}\n',
    "a sysctl of a path": b"nodes: {a: {sysctls: {net/../../kernel/hostname: x}}}\n",
    "a sysctl of the machine": b"nodes: {a: {sysctls: {kernel.hostname: x}}}\n",
    "a name of an option": b"name: --all\nnodes: {a: {}}\n",
    "a node of dots": b'nodes: {"..": {}}\n',
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_no_topology_is_refused_where_it_is_wrong(tmp_path: Path, what: str) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_bytes(WRONG[what])
    ended = quick("validate", file, cwd=tmp_path).is_refused()
    assert all(re.match(rf"{file}:\d+:\d+: ", line) for line in ended.err.splitlines())
    assert not (tmp_path / MARK).exists()


def test_a_byte_order_mark_is_no_harm(tmp_path: Path) -> None:
    file = tmp_path / "marked.yaml"
    file.write_bytes(b"\xef\xbb\xbfnodes: {a: {}}\n")
    assert quick("validate", file).is_harmless().status == 0


COMMANDS = ("validate", "expand", "plan", "up", "cheatsheet", "down", "inspect")


@pytest.mark.parametrize("command", COMMANDS)
def test_what_is_no_file_makes_nobody_wait(tmp_path: Path, command: str) -> None:
    os.mkfifo(tmp_path / "fifo.yaml")
    (tmp_path / "loop.yaml").symlink_to(tmp_path / "loop.yaml")
    (tmp_path / "zero.yaml").symlink_to("/dev/zero")
    (tmp_path / "null.yaml").symlink_to("/dev/null")
    (tmp_path / "directory.yaml").mkdir()
    for name in ("fifo", "loop", "zero", "null", "directory"):
        ended = quick(command, f"./{name}.yaml", cwd=tmp_path).is_refused()
        assert f"{name}.yaml" in ended.err


def test_a_pipe_that_somebody_writes_into_is_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.yaml"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text("name: piped\nnodes: {a: {}}\n"))
    writer.start()
    assert quick("validate", pipe).is_harmless().out == f"{pipe}: lab piped, 1 nodes\n"
    writer.join()


# Words that users give, or a script for them.


def usable(word: str) -> bool:
    """Whether it can stand on a command line at all."""
    return "\0" not in word


@pytest.mark.parametrize("name", [name for name, word in WORDS.items() if usable(word)])
def test_words_on_the_command_line(tmp_path: Path, name: str) -> None:
    word = WORDS[name]
    template = tmp_path / "lab.yaml.j2"
    template.write_text("nodes: {a: {}}\n# {{ x }}\n")
    everything = (
        ("validate", word), ("status", word), ("fdb", word), ("exec", word, "--", "true"), ("cheatsheet", word),
        ("explain", "ip", "link", "set", word), ("expand", template, "--set", f"x={word}"), ("new", word),
        ("expand", template, "--set", word), ("inspect", word), (word,), ("cheatsheet", "-f", word), ("verify", word),
        ("down", "--all", word),
    )  # fmt: skip
    # Each command meets every third word, and each word every third command.
    for words in everything[[*WORDS].index(name) % 3 :: 3]:
        ended = quick(*words, cwd=tmp_path, given="").is_harmless()
        assert len(ended.err) < 5_000 or len(word) > 1000
    assert not list(tmp_path.rglob(MARK))
    assert {path.name for path in tmp_path.iterdir()} <= {"lab.yaml.j2", "vxlab.schema.json", f"{word}.yaml"}


@pytest.mark.parametrize("name", [name for name, word in WORDS.items() if usable(word) and "/" not in word])
def test_names_of_files(tmp_path: Path, name: str) -> None:
    word = WORDS[name][:200]
    file = tmp_path / f"{word}.yaml"
    file.write_text(LAB)
    broken = tmp_path / f"{word}.broken.yaml"
    broken.write_text("x: 1\n")
    ended = quick("validate", file, broken, cwd=tmp_path).is_refused()
    (tmp_path / f"{word}.pcapng").write_bytes(capture("eth0"))
    quick("inspect", tmp_path / f"{word}.pcapng", cwd=tmp_path).is_harmless()
    quick("cheatsheet", file, cwd=tmp_path).is_harmless()
    # A line end in a name begins no line of its own.
    assert all(line.startswith(f"{tmp_path}/") for line in ended.err.splitlines())
    assert not (tmp_path / MARK).exists()


SURROUNDINGS = {
    "SHELL": "; touch " + MARK, "TERM": "\x1b[2J", "LANG": "../../x", "LC_ALL": "tr_TR.ISO-8859-9", "COLUMNS": "-1",
    "LINES": "9" * 30, "PAGER": f"touch {MARK}", "PYTHONIOENCODING": "ascii", "PYTHONWARNINGS": "x::y",
    "SUDO_UID": "-1; x", "SUDO_GID": "9" * 40, "SUDO_USER": "../x", "HOME": "/proc/self/mem", "TMPDIR": "/nowhere",
    "VXLAB_SOAK": "x", "VXLAB_LAB": "../x", "NO_COLOR": "\x1b", "FORCE_COLOR": "1", "TZ": "../../etc/passwd",
    "PYTHONUTF8": "0", "XDG_RUNTIME_DIR": "../../x", "PATH": "",
}  # fmt: skip


def test_surroundings(tmp_path: Path) -> None:
    (tmp_path / "lab.yaml").write_text(f'description: "ünï\\e[31m → \\u202e"\n{LAB}')
    (tmp_path / "x.pcapng").write_bytes(capture("\x1b[31m"))
    commands = [("validate", "lab.yaml"), ("cheatsheet", "lab.yaml", "-f", "md"), ("inspect", "x.pcapng", "--ladder")]
    for number, (name, value) in enumerate(SURROUNDINGS.items()):
        words = commands[number % 3]
        ended = quick(*words, cwd=tmp_path, env={**os.environ, name: value}).is_harmless()
        assert ended.status == 0, (name, words, ended.err)
    for words in (commands[1], ("no\x1b[31msuch",)):
        run(*words, cwd=tmp_path, env=SURROUNDINGS).is_harmless().is_modest()
    assert {path.name for path in tmp_path.iterdir()} == {"lab.yaml", "x.pcapng"}


# What stands in a topology, in every form that vxlab prints.


class Page(HTMLParser):
    """The tags and the attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}


def tags(page: str) -> list[str]:
    reader = Page()
    reader.feed(page)
    assert not {name for name in reader.attributes if name.startswith("on")}
    return reader.tags


def sheets(file: Path) -> dict[str, Ended]:
    forms = {form: quick("cheatsheet", file, "-f", form).is_harmless() for form in ("sh", "md", "html")}
    return {**forms, "batch": quick("cheatsheet", file, "--batch").is_harmless()}


# No text in UTF-8 has a surrogate.
TOGETHER = {"all": "\n".join(word[:300] for name, word in WORDS.items() if name != "surrogate")}
ALONE = ("newline", "here-document", "return", "script", "markdown", "colour", "separator")


@pytest.mark.parametrize("name", [*TOGETHER, *ALONE])
def test_descriptions(tmp_path: Path, name: str) -> None:
    """In a script they stand behind #, on a sheet as text: the commands and the tags are those without them."""
    word = (TOGETHER | WORDS)[name]
    file, plain = tmp_path / "lab.yaml", tmp_path / "plain.yaml"
    plain.write_text(f"name: lab\ndescription: plain\n{LAB}")
    file.write_text(yaml.safe_dump({"name": "lab", "description": word}, allow_unicode=False) + LAB)
    assert quick("validate", file).is_harmless().status == 0
    said, usual = sheets(file), sheets(plain)
    for form in ("sh", "batch"):
        code = [[line for line in one[form].out.splitlines() if not line.startswith("#")] for one in (said, usual)]
        assert code[0] == code[1]
    assert {*tags(said["html"].out)} <= {*tags(usual["html"].out)}
    assert tags(said["html"].out).count("script") == tags(usual["html"].out).count("script")
    assert [line for line in said["md"].out.splitlines() if line.startswith("```")] == [
        line for line in usual["md"].out.splitlines() if line.startswith("```")
    ]
    expanded = quick("expand", file).is_harmless()
    assert yaml.safe_load(expanded.out)["description"] == word.strip()
    assert json.loads(quick("expand", file, "--json").is_harmless().out)["description"] == word.strip()


KEYS = (
    "name", "nodes", "vteps", "hosts", "segments", "links.a", "vni", "mac", "addresses", "remote", "dev", "alias",
    "sysctls", "group", "to", "via", "encap",
)  # fmt: skip


def document(key: str, word: str) -> dict[str, object]:
    """A topology with a word in the place of a key or a value."""
    link = {"kind": "vxlan", "vni": 1}
    lab: dict[str, object] = {"name": "lab", "nodes": {"a": {"links": {"x": link}}}}
    if key in ("nodes", "vteps", "hosts", "segments"):
        return {**lab, key: {word: {}}}
    if key == "name":
        return {**lab, "name": word}
    if key == "links.a":
        return {"nodes": {"a": {"links": {word: link}}}}
    if key == "sysctls":
        return {"nodes": {"a": {"sysctls": {word: 1, "net.ipv4.ip_forward": word}}}}
    if key in ("to", "via", "encap"):
        return {"nodes": {"a": {"links": {"x": link}, "routes": [{"to": "192.0.2.0/24", "link": "x", key: word}]}}}
    return {"nodes": {"a": {"links": {"x": {**link, key: [word] if key == "addresses" else word}}}}}


@pytest.mark.parametrize("key", KEYS)
def test_names_and_addresses(tmp_path: Path, key: str) -> None:
    files = []
    for name, word in WORDS.items():
        if name != "surrogate":  # no text in UTF-8 has one
            files.append(tmp_path / f"{len(files)}.yaml")
            files[-1].write_text(yaml.safe_dump(document(key, word[:2000])))
    ended = quick("validate", *files)
    assert ended.is_harmless().status == 2
    right = [Path(line.split(": lab")[0]) for line in ended.out.splitlines()]
    assert bool(right) == (key == "alias")  # which is any line of text
    for file in right:
        (alias,) = (link["alias"] for link in yaml.safe_load(file.read_text())["nodes"]["a"]["links"].values())
        script = quick("cheatsheet", file).is_harmless().out
        assert sum(alias in shlex.split(line) for line in script.splitlines() if line.startswith("ip ")) == 1


# Captures.


def capture(*names: str) -> bytes:
    """A capture on interfaces with these names, each with some frames."""
    parts = [section("<"), *(interface("<", name) for name in names)]
    parts += [packet("<", at, 9 * at + n, data) for at in range(len(names)) for n, data in enumerate(FRAMES[:3])]
    return b"".join(parts)


def test_captures(tmp_path: Path) -> None:
    file = tmp_path / "x.pcapng"
    file.write_bytes(capture(*(word[:3000].replace("\udcff", "\ufffd") for word in WORDS.values())))
    for words in ((), ("--summary",), ("--json",), ("--frame", "1"), ("--ladder",), ("--ladder", "--json")):
        assert quick("inspect", file, *words).is_harmless().status == 0
    svg = quick("inspect", file, "--ladder", "--format", "svg").is_harmless().out
    ElementTree.fromstring(svg)  # noqa: S314  what vxlab wrote
    assert "script" not in tags(svg)
    page = quick("inspect", file, "--ladder", "--format", "html").is_harmless().out
    file.write_bytes(capture("eth0"))
    assert sorted({*tags(page)}) == sorted({*tags(quick("inspect", file, "--ladder", "--format", "html").out)})
    mermaid = quick("inspect", file, "--ladder", "--format", "mermaid").is_harmless().out
    assert not [line for line in mermaid.splitlines() if line.strip().startswith("click ")]


def test_large_captures_take_little(tmp_path: Path) -> None:
    file = tmp_path / "x.pcapng"
    contents = (
        section("<") + interface("<", "x" * 60_000) * 100, bytes(10_000_000), section("<") * 30_000,
        section("<") + interface("<", "e") + packet("<", 0, 1, FRAMES[0]) * 8_000,
        b"\x0a\x0d\x0d\x0a\xff\xff\xff\x7f" + bytes(100), block("<", 6, b"\xff" * 100),
    )  # fmt: skip
    for number, content in enumerate(contents):
        file.write_bytes(content)
        run("inspect", file, "--summary" if number % 2 else "--ladder").is_harmless().is_modest()
