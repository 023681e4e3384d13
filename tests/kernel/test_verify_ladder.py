"""`vxlab verify --ladder`: the exchange that was proved, drawn in every form."""

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.kernel.conftest import Up, run, vxlab
from tests.kernel.made import made, tenants

BringUp = Callable[[Path], Up]


@pytest.fixture
def lab(up: BringUp, tmp_path: Path) -> Up:
    file = tmp_path / "made.yaml"
    file.write_text(made("multicast"))
    return up(file)


@pytest.mark.parametrize("form", ["svg", "html", "mmd", "md", "txt"])
def test_every_form_is_written_and_names_who_speaks(lab: Up, tmp_path: Path, form: str) -> None:
    file = tmp_path / f"exchange.{form}"
    vxlab("verify", lab.name, "--ladder", file)
    text = file.read_text()
    for word in ("h1", "vtep1", "vtep2", "h2", "who-has", "239.0.0.42", "VNI 42"):
        assert word in text, word
    assert "learn" in text or "FDB" in text
    if form == "svg":
        assert ET.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314  our own file
    if form in ("mmd", "md"):
        assert "sequenceDiagram" in text


def test_the_ladder_is_printed_or_refused(lab: Up, tmp_path: Path) -> None:
    assert "who-has" in vxlab("verify", lab.name, "--ladder", "-").stdout
    assert "cannot both be printed" in " ".join(
        vxlab("verify", lab.name, "--json", "--ladder", "-", status=2).stderr.split()
    )
    file = tmp_path / "a.svg"
    assert vxlab("verify", lab.name, "--json", "--ladder", file).stdout.startswith("{") and file.stat().st_size
    vxlab("verify", lab.name, "--ladder", tmp_path / "a.jpeg", status=2)


def test_the_first_exchange_that_failed_is_drawn(up: BringUp, tmp_path: Path) -> None:
    source, file = tmp_path / "made.yaml", tmp_path / "a.txt"
    source.write_text(tenants("replicate"))
    lab = up(source)
    assert "--pair draws another one" in vxlab("verify", lab.name, "--ladder", file).stderr
    assert file.read_text().startswith("VNI 100: r1")
    run("ip", "-n", lab("vtep2"), "link", "set", "vxlan200", "type", "vxlan", "nolearning")
    vxlab("verify", lab.name, "--ladder", file, status=1)
    assert file.read_text().startswith("VNI 200: b1")
