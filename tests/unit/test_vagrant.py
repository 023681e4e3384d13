"""What in vagrant/ can be checked without Vagrant: its script and topology, and that all speaks of the same things.

`make test-machines` runs it.
"""

import ipaddress
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from vxlab.topology import load

VAGRANT = ROOT / "vagrant"
LAB = VAGRANT / "three-machines/three-machines.yaml"
SCRIPTS = (VAGRANT / "provision.sh", ROOT / "tests/machines/guest.sh")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_are_plain_sh(script: Path) -> None:
    subprocess.run(["sh", "-n", script], check=True)
    done = subprocess.run(["shellcheck", "--shell=sh", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_each_machine_has_a_part_of_the_lab() -> None:
    lab = load(LAB)
    assert lab.machines == ("alpha", "beta", "gamma")
    parts = [lab.part(machine) for machine in lab.machines]
    assert sum(len(part.state) for part in parts) == len(lab.state)
    for part in parts:
        assert len([node for node in part.nodes if node.startswith("vtep")]) == 1 and len(part.nodes) > 1


def test_the_vagrantfile_finds_in_the_topology_what_it_reads_from_it() -> None:
    """Vagrant parses it as plain YAML: ranges would not be names of machines there."""
    plain = yaml.safe_load(LAB.read_text())
    network = ipaddress.ip_network(plain["underlay"]["subnet"])
    for vtep in plain["vteps"].values():
        assert re.fullmatch("[a-z]+", vtep["machine"]) and ipaddress.ip_address(vtep["address"]) in network
    keys = set(re.findall(r'vtep\.fetch\("(\w+)"\)', (LAB.parent / "Vagrantfile").read_text()))
    assert keys == {"machine", "address"}


@pytest.mark.parametrize(
    "file", [VAGRANT / "Vagrantfile", LAB.parent / "Vagrantfile"], ids=lambda file: file.parent.name
)
def test_vagrantfiles_name_files_that_are_there(file: Path) -> None:
    text = file.read_text()
    assert text.count("libvirt") and text.count("virtualbox")
    (script,) = re.findall(r'provision "shell", path: "([^"]+)"', text)
    assert (file.parent / script).samefile(VAGRANT / "provision.sh")
    (source,) = re.findall(r'synced_folder "([^"]+)", "/vxlab"', text)
    assert (file.parent / source).samefile(ROOT)
    for named in re.findall(r"/vxlab/(\S+\.yaml)", text):
        assert (ROOT / named).is_file()


def test_what_the_readme_says_is_in_the_topology() -> None:
    text = (VAGRANT / "README.md").read_text()
    lab = load(LAB)
    assert {*re.findall(r"ssh (\w+) +-c", text)} <= {*lab.machines}
    for host in re.findall(r"`(?:h|r)\d`", text):
        assert host.strip("`") in lab.nodes
