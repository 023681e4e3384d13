"""Labs from templates: what they were given stays with them."""

import json
from pathlib import Path

from tests.kernel.conftest import netns, pings, run, vxlab

LAB = """\
segments: {blue: {vni: 42, mode: replicate}}
vteps:
{% for i in range(1, n + 1) %}
  vtep{{ i }}: {}
{% endfor %}
hosts:
{% for i in range(1, n + 1) %}
  h{{ i }}: {vtep: vtep{{ i }}}
{% endfor %}
"""


def test_a_template_goes_up_and_its_lab_remembers_what_it_was_given(tmp_path: Path) -> None:
    file = tmp_path / "many.yaml.j2"
    file.write_text(LAB)
    assert f"{file}:3:1: n is undefined" in vxlab("up", file, status=2).stderr
    assert netns() == []
    vxlab("up", file, "--set", "n=3")
    assert pings("many-h1", "10.0.0.3")
    assert "nothing to do" in vxlab("plan", file, "--set", "n=3").stdout
    again = f"{file} --set n=3"
    assert f"from {again}\n" in vxlab("status", "many").stdout
    assert json.loads(vxlab("status", "many", "--json").stdout)["settings"] == {"n": 3}
    run("ip", "-n", "many-h1", "addr", "flush", "dev", "eth0")
    told = vxlab("status", "many").stdout
    assert f"(vxlab up {again})" in told
    vxlab(*told.partition("(vxlab ")[2].partition(")")[0].split())
    assert "no drift" in vxlab("status", "many").stdout
    vxlab("up", file, "--set", "n=2")
    assert sorted(netns()) == ["many-h1", "many-h2", "many-underlay", "many-vtep1", "many-vtep2"]
    assert f"from {file} --set n=2\n" in vxlab("status", "many").stdout
    vxlab("down", file, "--set", "n=2")
    assert netns() == []


def test_other_settings_for_the_same_network_are_remembered_too(tmp_path: Path) -> None:
    file = tmp_path / "one.yaml.j2"
    file.write_text("nodes: {a: {}}\n# {{ why }}\n")
    vxlab("up", file, "--set", "why=this")
    assert "nothing to do" in vxlab("up", file, "--set", "why=that one").stdout
    assert f"from {file} --set 'why=that one'" in vxlab("status", "one").stdout
    vxlab("down", "one")


def test_a_record_without_settings_is_read(library: Path) -> None:
    """Version 0.1.0 wrote such ones."""
    vxlab("up", library / "by-hand.yaml")
    file = Path("/run/vxlab/by-hand/record.json")
    record = json.loads(file.read_text())
    assert record.pop("settings") == {}
    file.write_text(json.dumps(record))
    assert "no drift" in vxlab("status", "by-hand").stdout
    assert "nothing to do" in vxlab("up", library / "by-hand.yaml").stdout
    vxlab("down", "by-hand")
    assert netns() == []
