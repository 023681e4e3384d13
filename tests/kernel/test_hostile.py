"""Hostile text in a lab that is really made, by `up` and by the script: nothing changes but the lab's namespaces."""

import json
from pathlib import Path

import pytest
import yaml

from tests.kernel.conftest import machine, netns, run, vxlab
from tests.unit.hostile import MARK, WORDS, Ended

TEXT = "\n".join(word[:300] for name, word in WORDS.items() if name != "surrogate")
LINE = " ".join(word[:20] for word in WORDS.values() if word.isprintable())[:250]
"""Aliases of links are one line."""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    file = tmp_path / "$(touch vxlab-was-here).yaml"
    links = {"x": {"kind": "bridge", "alias": LINE}, "lo": {"alias": "'; touch vxlab-was-here; '"}}
    file.write_text(yaml.safe_dump({"name": "hostile", "description": TEXT, "nodes": {"a": {"links": links}}}))
    return file


def printed(*words: str | Path) -> str:
    told = vxlab(*words)
    Ended(told.returncode, told.stdout, told.stderr, 0, 0).is_harmless()
    return told.stdout


def test_a_lab_that_is_up_shows_text_and_does_not_obey_it(file: Path, tmp_path: Path) -> None:
    before = machine()
    printed("up", file)
    try:
        for words in (
            ("ls",),
            ("ls", "--json"),
            ("status", "hostile"),
            ("status", "hostile", "--json"),
            ("plan", file),
        ):
            printed(*words)
        assert json.loads(printed("status", "hostile", "--json"))["description"] == TEXT.strip()
        run("ip", "-n", "hostile-a", "link", "set", "x", "alias", "\x1b[31m$(touch vxlab-was-here)")
        for words in (("status", "hostile"), ("plan", file), ("plan", file, "--commands"), ("up", file)):
            printed(*words)
    finally:
        vxlab("down", "hostile")
    assert machine() == before and not list(tmp_path.rglob(MARK))


@pytest.mark.parametrize("shell", ["dash", "bash"])
@pytest.mark.parametrize("form", [(), ("--batch",)])
def test_the_script_changes_nothing_but_its_namespaces(
    file: Path, tmp_path: Path, shell: str, form: tuple[str, ...]
) -> None:
    run("ip", "netns", "add", "bystander")
    try:
        before, files = machine(), sorted(tmp_path.iterdir())
        script = tmp_path / "lab.sh"
        script.write_text(printed("cheatsheet", file, *form))
        run(shell, script)
        assert sorted(netns()) == ["bystander", "hostile-a"]
        alias = run("ip", "-n", "hostile-a", "-j", "link", "show", "x").stdout
        assert json.loads(alias)[0]["ifalias"] == LINE
        run(shell, script, "--teardown")
        assert machine() == before and sorted(tmp_path.iterdir()) == sorted([*files, script])
    finally:
        run("ip", "netns", "del", "bystander")
