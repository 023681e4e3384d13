"""vagrant/three-machines: three emulated machines on one network, each of which brings up its own part of the lab.

They boot the kernel of the virtual bench in qemu, with this machine's files inside. They share a network, multicast on
the lo of a namespace that nothing leads out of, and a directory in which they tell how far they have come.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT
from tests.vm.__main__ import BUILD
from tests.vm.kernel import image
from tests.vm.machine import PATH

pytestmark = pytest.mark.machines

LAB = ROOT / "vagrant/three-machines/three-machines.yaml"
GUEST = Path(__file__).with_name("guest.sh")
NETWORK = "socket,id=net,mcast=230.0.0.1:4001,localaddr=127.0.0.1"
OPTIONS = ("--disable-kvm", "--force-9p", "--disable-microvm", "--memory", "1G", "--cpus", "1", "--user", "root")
MINUTES = 12


def boot(kernel: Path, number: int, vtep: dict[str, str], lab: dict[str, Any], shared: Path) -> list[str]:
    """The command that runs one machine until it has done its part."""
    name, mac = vtep["machine"], f"52:54:00:00:00:{number:02x}"
    others = [other["machine"] for other in lab["vteps"].values() if other is not vtep]
    own, far = f"h{number}", [f"h{other}" for other in range(1, len(lab["vteps"]) + 1) if other != number]
    inside = ["sh", GUEST, name, mac, f"{vtep['address']}/24", shared, " ".join(others), " ".join([own, *far])]
    inside += [sys.executable, "-m", "vxlab"]
    card = f"-netdev {NETWORK} -device virtio-net-pci,netdev=net,mac={mac}"
    words = ["vng", "--run", kernel, *OPTIONS, "--rwdir", shared, f"--qemu-opts={card}"]
    return [*map(str, words), "--exec", shlex.join(map(str, inside))]


ENDS_WITH_US = ("setpriv", "--pdeathsig", "KILL")
ALL_OF_IT = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
"""vng starts others that start qemu: in a PID namespace they end with its first process."""


@contextmanager
def started(*words: str, console: Path | None = None) -> Iterator[subprocess.Popen[str]]:
    """A program that ends with the test, also where that is killed."""
    with ExitStack() as files:
        said = files.enter_context(open(console, "w")) if console else subprocess.PIPE
        environment = {**os.environ, "PATH": PATH}
        nothing = subprocess.DEVNULL if console else subprocess.PIPE
        with subprocess.Popen(
            [*ENDS_WITH_US, *words], stdin=nothing, stdout=said, stderr=said, text=True, env=environment
        ) as program:
            try:
                yield program
            finally:
                program.kill()


def links(path: Path) -> list[str]:
    """The names of links, without the numbers that the kernel gives them."""
    return [line.split(":")[1].strip() for line in path.read_text().splitlines()]


def test_three_machines_are_one_lab(tmp_path: Path) -> None:
    kernel, lab = image(BUILD), yaml.safe_load(LAB.read_text())
    shutil.copy(LAB, tmp_path)
    with ExitStack() as running:
        network = running.enter_context(started("unshare", "-n", "sh", "-c", "ip link set lo up && echo && exec cat"))
        assert network.stdout and network.stdout.readline()
        inside = ("nsenter", "-t", str(network.pid), "-n", *ALL_OF_IT)
        machines = [
            running.enter_context(
                started(*inside, *boot(kernel, number, vtep, lab, tmp_path), console=tmp_path / f"console{number}")
            )
            for number, vtep in enumerate(lab["vteps"].values(), start=1)
        ]
        for machine in machines:
            machine.wait(MINUTES * 60)
    for number, vtep in enumerate(lab["vteps"].values(), start=1):
        name = vtep["machine"]
        log = (tmp_path / f"{name}.log").read_text()
        assert (tmp_path / f"{name}.done").exists(), log
        assert re.findall(r"(\d) received", log) == ["3", "3"], log
        verdict = json.loads((tmp_path / f"{name}.json").read_text())
        assert verdict["passed"], verdict
        asked = {(proof["sender"], proof["target"]) for proof in verdict["proofs"]}
        assert {(f"h{number}", f"h{other}") for other in (1, 2, 3) if other != number} <= asked
        assert links(tmp_path / f"{name}.after") == links(tmp_path / f"{name}.before")
