"""Templates: what they mean, where their mistakes are, and that none hangs, fills the machine or reads files."""

# ruff: noqa: E501  tables: a mistake and its message in one line

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests import forked
from vxlab.lab.record import Record
from vxlab.state.model import NetworkState
from vxlab.topology import SettingError, Topology, TopologyError, child, load, sandbox, settings_from
from vxlab.topology.settings import words_from
from vxlab.topology.template import render

# xdist has threads, vxlab none: Python 3.12 and later warn of a fork beside threads.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")

TIMEOUT = 60  # where something hangs that should not

LAB = """\
# {{ n }} VTEPs, each with a host
segments:
  blue: {vni: 42, mode: replicate}
vteps:
{% for i in range(1, n + 1) %}
  vtep{{ i }}: {}
{% endfor %}
hosts:
{%- for i in range(1, n + 1) %}
  h{{ i }}: {vtep: vtep{{ i }}, segment: blue}
{%- endfor %}
"""

Load = Callable[..., Topology]


@pytest.fixture
def lab(tmp_path: Path) -> Load:
    def write_and_load(text: str, name: str = "lab.yaml.j2", **settings: Any) -> Topology:
        file = tmp_path / name
        file.write_bytes(text.encode())
        return load(file, settings)

    return write_and_load


@pytest.fixture
def mistakes(lab: Load) -> Callable[..., list[str]]:
    """The mistakes in a template, each as LINE:COLUMN: MESSAGE."""

    def told(text: str, **settings: Any) -> list[str]:
        with pytest.raises(TopologyError) as caught:
            lab(text, **settings)
        lines = str(caught.value).splitlines()
        assert all(line.startswith(caught.value.file) for line in lines)
        return [line.removeprefix(f"{caught.value.file}:") for line in lines]

    return told


def vxlab(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return forked.run(*words, timeout=TIMEOUT)


# What a template means.


def test_a_template_is_what_it_prints(lab: Load) -> None:
    topology = lab(LAB, name="big.one.yaml.j2", n=2)
    assert topology.name == "big"
    assert set(topology.nodes) == {"underlay", "vtep1", "vtep2", "h1", "h2"}
    assert topology.settings == {"n": 2}


def test_a_value_may_be_left_out_where_the_template_has_one(lab: Load) -> None:
    text = "{% set n = n | default(3) %}\nnodes: {'a[1-{{ n }}]': {}}\n"
    assert lab(text).nodes == ("a1", "a2", "a3")
    assert lab(text, n=1).nodes == ("a1",)


def test_values_are_printed_as_yaml_has_them(mistakes: Callable[..., list[str]]) -> None:
    assert mistakes("nodes: {a: {}}\nhosts: {{ none }}\nvteps: {{ true }}") == [
        "2:8: null is not a mapping",
        "3:8: true is not a mapping",
    ]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_lines_end_as_they_may(mistakes: Callable[..., list[str]], newline: str) -> None:
    text = "{% set a = 1 %}\nnodes:\n{% for i in range(2) %}\n  a{{ i }}: {sysctl: x}\n{% endfor %}\n"
    assert mistakes(text.replace("\n", newline)) == ["4:14: 'sysctl' is not a key here; did you mean sysctls?"]


# Where mistakes are: the template, the place, and the start of the message.

PLACES = {
    "before anything": ("nmae: x\nnodes: {a: {}}\n", "1:1: 'nmae'"),
    "in a loop": ("nodes:\n{% for i in range(9) %}\n  a{{ i }}: {}\n  b{{ i }}: {x: 1}\n{% endfor %}", "4:14: 'x' is not"),
    "after a loop": ("nodes:\n{% for i in range(9) %}\n  a{{ i }}: {}\n{% endfor %}\n  b: {x: 1}\n", "5:7: 'x' is not"),
    "after an if that is false": ("nodes:\n{% if false %}\n\n\n  a: {}\n{% endif %}\n  b: {x: 1}\n", "7:7: 'x' is not"),
    "after an if that is true": ("nodes:\n{% if true %}\n\n\n  a: {}\n{% endif %}\n  b: {x: 1}\n", "7:7: 'x' is not"),
    "in an else": ("nodes:\n{% if false %}\n  a: {}\n{% else %}\n  b: {x: 1}\n{% endif %}\n", "5:7: 'x' is not"),
    "behind an expression": ("nodes:\n  a{{ 'bcdefgh' }}: {{ '{' }}x: 1}\n", "2:30: 'x' is not"),
    "a value that is printed": ("nodes:\n  a: {sysctls: {{ 5 + 5 }} }\n", "2:16: 10 is not a mapping"),
    "lines that are printed": ("nodes:\n  {{ 'a: {}\\n  b: {}\\n  c: {x: 1}' }}\n  d: {}\n", "2:3: 'x' is not"),
    "after lines that are printed": ("nodes:\n  {{ 'a: {}\\n  b: {}' }}\n  c: {x: 1}\n", "3:7: 'x' is not"),
    "after odd line ends": ("#{{ '\\r \\u2028 \\x85' }}\nnodes: {a: {x: 1}}\n", "2:13: 'x' is not"),
    "after an expression of many lines": ("nodes:\n  a{{ 1 +\n\n 2 }}: {}\n  b: {x: 1}\n", "5:7: 'x' is not"),
    "after a comment of many lines": ("nodes:\n{# a\nb\n\nc #}\n  b: {x: 1}\n", "6:7: 'x' is not"),
    "in a line with a comment": ("nodes:\n  b: {{ '{' }}{# one\ntwo #}x: 1}\n", "3:7: 'x' is not"),
    "trimmed to the left": ("nodes:\n\n\n  {%- if true %}\n  b: {x: 1}\n{% endif %}\n", "5:7: 'x' is not"),
    "trimmed to the right": ("nodes:\n  {% if true -%}\n\n\n  b: {x: 1}\n{% endif %}\n", "5:7: 'x' is not"),
    "trimmed on all sides": ("nodes: {\n\n {%- for i in [1] -%}\n\n b: {x: 1}\n {%- endfor -%}\n\n}\n", "5:6: 'x' is not"),
    "trimmed expressions": ("nodes:\n  a: {{- ' {' -}}\n    x: 1}\n", "3:5: 'x' is not"),
    "in a raw block": ("nodes:\n{% raw %}\n  b: {x: '{{ n }}'}\n{% endraw %}\n", "3:7: 'x' is not"),
    "after a raw block": ("nodes:\n  {% raw -%}\n\n  b: {}\n  {%- endraw %}\n  c: {x: 1}\n", "6:7: 'x' is not"),
    "in a block": ("nodes:\n{% block one %}\n  b: {x: 1}\n{% endblock %}\n", "3:7: 'x' is not"),
    "after a block as text": ("nodes:\n{% block b %}\n  b: {}\n{% endblock %}\n#{{ self.b()|length }}\n  c: {x: 1}\n", "6:7: 'x'"),
    "in what was set": ("{% set b %}\n   {x: 1}\n{% endset %}\nnodes:\n  b: {{ b }}\n", "5:6: 'x' is not"),
    "after what was set": ("{% set b %}\n\n1\n\n{% endset %}\nnodes:\n  b: {x: {{ b }}}\n", "7:7: 'x' is not"),
    "a macro": ("{% macro m() %}\n   {x: 1}\n{% endmacro %}\nnodes:\n  b: {{ m() }}\n", "5:6: 'x' is not"),
    "a call block": ("{% macro m() %}{{ caller() }}{% endmacro %}\nnodes:\n{% call m() %}\n\n  b: {x: 1}\n{% endcall %}", "3:1: 'x'"),
    "a filter block": ("nodes:\n{% filter lower %}\n\n  b: {X: 1}\n{% endfilter %}\n  c: {}\n", "2:1: 'x' is not"),
    "a recursive loop": ("nodes:\n  b:\n{% for i in [1] recursive %}    x: 1{% endfor %}\n", "3:1: 'x' is not"),
    "two keys of one loop": ("nodes:\n{% for i in range(2) %}\n  a: {}\n{% endfor %}\n", "3:3: a stands here twice: the first one is in line 3"),
    "two keys": ("{% if 0 %}\n{% endif %}\nnodes:\n  a: {}\n  a: {}\n", "5:3: a stands here twice: the first one is in line 4"),
    "no YAML": ("{#\n#}nodes:\n{% for i in range(2) %}\n  a{{ i }}: {}\n b: {}\n{% endfor %}\n", "5:2: this is not YAML"),
    "no YAML, at the end": ("nodes: {\n\n{% if true %}\n{% endif %}\n", "5:1: this is not YAML"),
    "no text of YAML": ("{#\n#}nodes:\n\n  a: '{{ '\\x00' }}'\n", "4:7: this is not YAML"),
    "an alias": ("nodes:\n{% for i in [1, 2] %}\n  a{{ i }}: {}\n{% endfor %}\n  b: *c\n", "5:6: *c names nothing"),
    "nothing printed": ("{% if false %}\nnodes: {a: {}}\n{% endif %}\n", "1:1: the file is empty"),
    "no template": ("nodes:\n  a: {}\n  b: {{ 1 2 }}\n", "3:6: this is not a Jinja2 template: expected token"),
    "a tag that is open": ("nodes:\n  a: {}\n{% for i in [] %}\n  b: {}\n", "3:1: this is not a Jinja2 template: Unexpected end"),
    "a filter that is none": ("nodes:\n  a: {{ 1|nosuch }}\n", "2:6: this is not a Jinja2 template: No filter named 'nosuch'"),
    "undefined": ("nodes:\n  a: {}\n  b: {{ n }}\n", "3:6: n is undefined: give it with --set n=VALUE"),
    "undefined in a range": ("nodes:\n{% for i in range(n) %}{% endfor %}", "2:1: n is undefined: give it with --set n=VALUE"),
    "undefined on the next line": ("nodes:\n  a: {{\n\n n }}\n", "4:2: n is undefined: give it"),
    "undefined in an elif": ("nodes:\n{% if false %}\n{% elif n %}\n{% endif %}", "3:1: n is undefined: give it"),
    "undefined in a macro": ("{% macro m() %}\n\n  {{ n }}\n{% endmacro %}\nnodes:\n  a: {{ m() }}\n", "3:3: n is undefined: give it"),
    "undefined in a sum": ("a: {{ 1 + n }}", "1:4: n is undefined: give it"),
    "no attribute": ("nodes:\n  a: {{ {}.x }}\n", "2:6: 'dict object' has no attribute 'x'"),
    "division": ("nodes:\n\n\n  a: {{ 1 // 0 }}\n", "4:6: the template cannot be rendered: integer division or modulo by zero"),
    "types": ("nodes:\n\n\n  a: {{ 1 + 'x' }}\n", "4:6: the template cannot be rendered: unsupported operand"),
    "classes": ("a: {}\nb: {{ ''.__class__.__mro__ }}\n", "2:4: a template may not do this: access to attribute '__class__'"),
    "classes by filter": ("a: {}\nb: {{ ''|attr('__class__') }}\n", "2:4: a template may not do this: access to"),
    "classes by format": ("a: {}\nb: {{ '{0.__class__}'.format(1) }}\n", "2:4: a template may not do this: access to"),
    "classes by functions": ("a: {}\nb: {{ range.__globals__ }}\n", "2:4: "),
    "classes by macros": ("{% macro m() %}{% endmacro %}\nb: {{ m._func.__globals__ }}\n", "2:4: a template may not do this"),
    "to change a list": ("a: {}\n{% set x = [] %}\n{% set y = x.append(1) %}\n", "3:1: a template may not do this"),
    "an odd number": (f"nodes: {{{{ {'9' * 5000} }}}}", "1:1: the template cannot be rendered: Exceeds the limit"),
    "half a character": ("nodes:\n  a: {{ '\\ud800' }}", "2:6: the template cannot be rendered: 'utf-8' codec"),
    "too many brackets": (f"nodes:\n {{{{ {'(' * 100_000} }}}}", "1:1: the template cannot be rendered: it nests too deeply"),
    "too many loops": ("{% for i in [1] %}" * 30 + "{% endfor %}" * 30, "1:1: the template cannot be rendered: it nests too"),
    "a macro without end": ("{% macro m() %}\n{{ m() }}{% endmacro %}\n{{ m() }}", "2:1: the template cannot be rendered: it nests"),
    "a random value": ("nodes:\n  a: {{ [1, 2]|random }}", "2:6: this is not a Jinja2 template: No filter named 'random'"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "message"), PLACES.values(), ids=PLACES)
def test_a_mistake_is_told_where_it_is_in_the_template(
    mistakes: Callable[..., list[str]], text: str, message: str
) -> None:
    told = mistakes(text)
    assert told[0].startswith(message)
    assert len(told) == 1, "one mistake is not told as many"


_LETTERS = st.text(alphabet="abc \n\t", max_size=5)
_SIGNS = st.sampled_from(["", "-", "+"])


@st.composite
def _templates(draw: st.DrawFn) -> str:
    """Text in letters, expressions that print digits, and tags that print nothing, with all kinds of trimming."""
    text, ends = "", []
    for _ in range(draw(st.integers(1, 8))):
        text += draw(_LETTERS)
        left, right, back = draw(_SIGNS), draw(_SIGNS.filter(lambda sign: sign != "+")), draw(_SIGNS)
        text += draw(
            st.sampled_from(
                [
                    f"{{{{{left} 12 {right}}}}}",
                    f"{{{{{left}\n'3\\n4'\n{right}}}}}",
                    f"{{#{left} {{% x\n #}}",
                    f"{{%{left} raw {right}%}}ab\n c{{%{back} endraw {right}%}}",
                    f"{{%{left} set x %}}abc{{% endset {right}%}}",
                    f"{{%{left} if true {right}%}}",
                    f"{{%{left} for i in [1, 2] {right}%}}",
                ]
            )
        )
        if text.rstrip("-%}").endswith(("true ", "] ")):
            ends.append("endif" if text.rstrip("-%}").endswith("true ") else "endfor")
        if ends and draw(st.booleans()):
            text += f"{draw(_LETTERS)}{{%{back} {ends.pop()} {right}%}}"
    return text + "".join(f"b{{% {end} %}}" for end in reversed(ends))


@hypothesis.settings(deadline=None)
@given(_templates())
def test_every_character_comes_from_where_it_stands(template: str) -> None:
    rendered = render(template, "lab.yaml.j2", {})
    lines = template.split("\n")
    for number, line in enumerate(rendered.text.split("\n"), start=1):
        for column, character in enumerate(line, start=1):
            place = rendered.locate(number, column)
            source = lines[place.line - 1][place.column - 1]
            assert source == ("{" if character.isdigit() else character)


def test_a_mistake_in_a_loop_is_told_three_times_and_counted(mistakes: Callable[..., list[str]]) -> None:
    told = mistakes("x: 1\nnodes:\n{% for i in range(40) %}\n  a{{ i }}: {m{{ i }}x: 1}\n{% endfor %}\n")
    assert [line.partition(":")[0] for line in told] == ["1", "4", "4", "4"]
    assert told[-1].endswith("(and 37 more here)") and "more" not in told[-2]


# What a template is given.


def test_settings_that_the_template_does_not_use(mistakes: Callable[..., list[str]]) -> None:
    assert mistakes(LAB, m=3, n=3) == ["1:1: --set m: the template uses no m"]
    assert mistakes("nodes: {{ vteps }}", vtep=3) == ["1:1: --set vtep: the template uses no vtep; did you mean vteps?"]
    # A name of its own is not asked for.
    assert mistakes("nodes: {a: {}}{% for n in [1] %}{{ n }}{% endfor %}", n=3) == [
        "1:1: --set n: the template uses no n"
    ]
    assert mistakes("nodes: {a: {}}", b=1, a=1) == [f"1:1: --set {name}: the template uses no {name}" for name in "ab"]


def test_a_setting_that_is_used_in_one_case_only_is_used(lab: Load) -> None:
    assert lab("nodes: {a: {}}\n{% if false %}{{ n }}{% endif %}", n=3).nodes == ("a",)
    assert lab("nodes: {a: {}}\n{% macro m() %}{{ n }}{% endmacro %}", n=3).nodes == ("a",)


def test_undefined_names_the_nearest_setting(mistakes: Callable[..., list[str]]) -> None:
    told = mistakes("# {{ vteps }}\nnodes: {{ vtep }}", vteps=3)
    assert told == ["2:8: vtep is undefined: give it with --set vtep=VALUE; did you mean vteps?"]


def test_settings_are_for_templates(tmp_path: Path) -> None:
    file = tmp_path / "lab.yaml"
    file.write_text("nodes: {a: {}}\n")
    assert load(file, {}).settings == {}
    result = vxlab("validate", file, "--set", "n=3")
    assert result.returncode == 2 and result.stderr.startswith(f"{file}:1:1: --set is for templates")


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("n=50", 50), ("n=-1", -1), ("n=0x10", 16), ("n=007", "007"), ("n=true", True), ("n=on", "on"), ("n=yes", "yes"),
        ("n=", None), ("n=null", None), ("n=10.0.0.0/8", "10.0.0.0/8"), ("n=a=b", "a=b"), ("n=02:00:00:00:00:01", "02:00:00:00:00:01"),
        ("n=a b'", "a b'"),
    ],
)  # fmt: skip
def test_settings_are_read_as_yaml_and_written_as_they_are_read(word: str, value: object) -> None:
    settings = settings_from([word])
    assert settings == {"n": value} and type(settings["n"]) is type(value)
    if value is not None and "\n" not in word:
        assert yaml.safe_load(word.partition("=")[2]) == value or isinstance(value, str)
    flag, again = words_from(settings)
    assert flag == "--set" and settings_from([again]) == settings


@pytest.mark.parametrize("word", ["n", "=3", "3=3", "a-b=3", "a.b=3", ""])
def test_what_is_no_setting_is_told_in_one_sentence(word: str) -> None:
    with pytest.raises(SettingError, match=f"^--set {word}: this is not NAME=VALUE"):
        settings_from([word])


@pytest.mark.parametrize("verb", ["up", "plan", "validate", "expand", "cheatsheet", "down"])
def test_every_command_that_takes_a_file_takes_settings(verb: str) -> None:
    result = vxlab(verb, "no.yaml.j2", "--set", "n")
    assert result.returncode == 2 and result.stdout == ""
    assert result.stderr.startswith("vxlab: --set n: ") and result.stderr.count("\n") == 1


def test_a_name_is_set_once() -> None:
    with pytest.raises(SettingError, match="n is set twice"):
        settings_from(["n=1", "m=1", "n=1"])


def test_expand_prints_the_plain_form_and_others_take_settings_too(tmp_path: Path) -> None:
    file = tmp_path / "big.yaml.j2"
    file.write_text(LAB)
    plain = tmp_path / "plain.yaml"
    plain.write_text(vxlab("expand", file, "--set", "n=50").stdout)
    assert load(plain).state == load(file, {"n": 50}).state
    assert "lab big, 5 nodes" in vxlab("validate", file, "--set", "n=2").stdout
    assert "big-vtep2" in vxlab("cheatsheet", file, "--set", "n=2").stdout
    assert vxlab("validate", file).returncode == 2
    assert vxlab("down", "lab", "--set", "n=2").returncode == 2
    assert vxlab("down", "--all", "--set", "n=2").returncode == 2


def test_plain_files_do_not_wait_for_jinja2(tmp_path: Path) -> None:
    file = tmp_path / "lab.yaml"
    file.write_text("nodes: {a: {}}\n")
    code = "import sys; from pathlib import Path; from vxlab.topology import load; load(Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", f"{code}; assert 'jinja2' not in sys.modules", file], check=True)


def test_a_record_says_what_to_type() -> None:
    record = Record("a", "", "/tmp/my lab.yaml.j2", "", NetworkState(), (), True, {"n": 50, "x": None, "y": "a b"})  # noqa: S108
    assert record.source == "'/tmp/my lab.yaml.j2' --set n=50 --set x=null --set 'y=a b'"


# What runs away, and what asks for files.

RUNAWAYS = {
    "loops in loops": "{% for i in range(10**5) %}{% for j in range(10**5) %}{% endfor %}{% endfor %}",
    "a power": "{{ 10**(10**8) }}",
    "a power that is set": "{% set x = 10**(10**8) %}",
    "a power of constants in a filter": "{{ (10**(10**8))|abs }}",
    "an order": "{% for i in range(10**5) %}{% set x = range(10**5)|sort|sum %}{% endfor %}",
}


@pytest.mark.parametrize("text", RUNAWAYS.values(), ids=RUNAWAYS)
def test_what_never_ends_is_ended(
    mistakes: Callable[..., list[str]], monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(child, "CPU_SECONDS", 1)
    monkeypatch.setattr(child, "WALL_SECONDS", 100)  # on a busy machine that second may take long
    told = mistakes(f"nodes:\n  a: {{}}\n  {text}\n")
    assert len(told) == 1 and told[0].startswith("3:")
    assert told[0].endswith("the template cannot be rendered: it takes more than 1 s")


@pytest.mark.parametrize("text", ["{{ 'x' * 10**10 }}", "{{ 'x'|center(10**9) }}", "{% set x = [1] * 10**9 %}"])
def test_what_fills_the_memory_is_ended(mistakes: Callable[..., list[str]], text: str) -> None:
    told = mistakes(f"nodes:\n  a: {{}}\n  {text}\n")
    assert told == ["3:3: the template cannot be rendered: it takes more than 120 MB of memory"]


def test_what_prints_too_much_is_ended(mistakes: Callable[..., list[str]]) -> None:
    for text in ("{{ '€' * 4000000 }}", f"{{% for i in range(10**5) %}}{'x' * 200}{{% endfor %}}"):
        told = mistakes(f"nodes:\n  a: {{}}\n  {text}\n")
        assert len(told) == 1 and told[0].startswith("3:")
        assert "it prints more than 10,000,000 bytes" in told[0]
    assert "Range too big" in mistakes("{% for i in range(10**9) %}x{% endfor %}")[0]


@pytest.mark.parametrize(
    "tag",
    ["include '/etc/passwd'", "include name ignore missing", "import 'a' as b", "from 'a' import b", "extends 'a'"],
)
def test_a_template_is_one_file(mistakes: Callable[..., list[str]], tag: str) -> None:
    told = mistakes(f"nodes:\n  a: {{% {tag} %}}\n  b: {{% {tag} %}}")
    assert told == [f"{line}:6: a template is one file: it can neither include nor import" for line in (2, 3)]


def test_the_child_opens_no_file_and_leaves_none() -> None:
    def attempt() -> str:
        try:
            return Path("/etc/passwd").read_text()
        except OSError as error:
            return str(error)

    before = sorted(Path("/proc/self/fd").iterdir())
    assert "Too many open files" in child.run(attempt)
    assert sorted(Path("/proc/self/fd").iterdir()) == before


def test_every_filter_and_function_works_without_files() -> None:
    """Jinja2 loads some modules when a filter is first used: they have to be there before."""
    code = """
import sys, json
from vxlab.topology import child, sandbox
child.CPU_SECONDS = 60  # all of them in one child
environment = sandbox._Sandbox({})
def work():
    told = []
    for name in sorted(environment.filters):
        for value in ("'a b'", "[1]", "{'a': 1}", "5"):
            for words in ("", "('a')", "('a', 'b')", "(2)"):
                try:
                    list(sandbox.compiled("{{ " + value + "|" + name + words + " }}", {}))
                except Exception as error:
                    told.append(f"{name}: {error}")
    return [line for line in told if ".py" in line or "open files" in line or "module" in line]
print(json.dumps(child.run(work)))
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=TIMEOUT)
    assert json.loads(result.stdout) == []


# The child.


def children(of: int) -> list[Path]:
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it may have ended
            if int((process / "stat").read_text().rpartition(")")[2].split()[1]) == of:
                found.append(process)
    return sorted(found)


@pytest.mark.parametrize("end", [lambda: os.kill(os.getpid(), signal.SIGKILL), lambda: 1 // 0, lambda: os._exit(0)])
def test_a_child_that_does_not_answer(end: Callable[[], None]) -> None:
    before = children(os.getpid())
    with pytest.raises(child.StoppedError):
        child.run(end)
    assert children(os.getpid()) == before


def test_a_child_that_does_nothing_is_ended(
    monkeypatch: pytest.MonkeyPatch, mistakes: Callable[..., list[str]]
) -> None:
    monkeypatch.setattr(child, "WALL_SECONDS", 0.2)
    monkeypatch.setattr(sandbox, "compiled", lambda *words: signal.pause())
    before = children(os.getpid())
    assert mistakes("nodes: {}") == ["1:1: the template cannot be rendered: it takes more than 1 s or 120 MB of memory"]
    assert children(os.getpid()) == before


def test_a_child_that_catches_its_time_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """The soft limit is a request, the hard one is not."""
    monkeypatch.setattr(child, "CPU_SECONDS", 1)
    monkeypatch.setattr(child, "WALL_SECONDS", 1_000_000)

    def work() -> None:
        while True:
            with suppress(BaseException):
                while True:
                    pass

    with pytest.raises(child.StoppedError):
        child.run(work)


@pytest.mark.parametrize("whom", ["group", "parent"])
def test_ctrl_c_ends_both(tmp_path: Path, whom: str) -> None:
    file = tmp_path / "lab.yaml.j2"
    file.write_text(next(iter(RUNAWAYS.values())))
    program = forked.program("expand", file)
    process = subprocess.Popen(**program, stderr=subprocess.PIPE, text=True, start_new_session=True)
    while not (found := children(process.pid)):
        assert process.poll() is None
    (os.killpg if whom == "group" else os.kill)(process.pid, signal.SIGINT)
    told = process.communicate(timeout=TIMEOUT)[1]
    assert process.returncode == 130 and "Traceback" not in told
    assert not found[0].exists()
