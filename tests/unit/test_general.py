"""The general sheet: it has the commands of the article that it comes from, each of them explained."""

import pytest

from tests import forked
from tests.conftest import ROOT
from vxlab.commands.explain import explain_script, read_script
from vxlab.commands.sheets.general import general, general_sheet, script
from vxlab.commands.sheets.ip_examples import EXAMPLES

COMMANDS = [example.command for section in EXAMPLES for example in section.examples]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_explained(command: str) -> None:
    found = read_script(command)
    assert found.others + len(found.commands) == 1 + command.count(" | ")
    for explanation in explain_script(found):
        assert explanation.known, explanation


def test_the_table_is_explained_too() -> None:
    (table,) = (section.table for section in general_sheet().sections if section.title.startswith("Commands to change"))
    assert table is not None
    for row in table.rows:
        assert all(explanation.known for explanation in explain_script(read_script(row[1])))


@pytest.mark.parametrize(
    "words",
    [
        "link help", "link", "link add", "link delete", "link set eth0 down", "link set eth0 up", "addr help", "addr",
        "addr show eth0", "addr add", "addr del", "addr change", "route help", "route", "route add 198",
        "route add default", "route del default", "route del 198", "route get", "neigh help", "neigh",
    ],
)  # fmt: skip
def test_what_the_article_has_is_there(words: str) -> None:
    assert any(command == f"ip {words}" or command.startswith(f"ip {words} ") or (
        words[-1].isdigit() and command.startswith(f"ip {words}")) for command in COMMANDS)  # fmt: skip


def test_every_command_has_a_line_that_says_what_it_does() -> None:
    for section in EXAMPLES:
        for example in section.examples:
            assert example.purpose and "\n" not in example.purpose and len(example.purpose) < 120
    assert len(COMMANDS) == len({*COMMANDS}) + 1, "only the port of the bridge is said twice"


@pytest.mark.parametrize("form", ["sh", "md", "html"])
def test_forms(form: str) -> None:
    text = general(form)
    assert text.endswith("\n")
    for command in COMMANDS:
        assert command.replace("&", "&amp;").replace(">", "&gt;") in text if form == "html" else command in text
    if form != "sh":
        assert "net-tools" in text and "ifconfig" in text and "ip monitor" in text


def test_another_form_is_refused() -> None:
    with pytest.raises(ValueError, match="no form"):
        general("pdf")


def test_the_command() -> None:
    for words, text in (((), general("md")), (("--format", "sh"), script())):
        ended = forked.run("cheatsheet", *words, timeout=60, cwd=ROOT)
        assert ended.stdout == text
