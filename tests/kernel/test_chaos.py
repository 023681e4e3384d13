"""A dozen processes do things to twenty labs at once, in random order, and some are killed in the middle.

    worker 1..12:  up | up of a changed file | down | plan | status | ls | exec, of a random lab; one in four is killed
                   before a random step, or interrupted
    then:          every lab that is whole is as one made in one go (iproute2 says so); `up` finishes, or `down`
                   removes, what is half made; in the end the machine is as before

`make test` has a few rounds of it, `make test-chaos` five minutes.
"""

import json
import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests import forked
from tests.kernel import injected
from tests.kernel.conftest import TIMEOUT, machine, netns, vxlab
from tests.kernel.killed import SMALL
from tests.kernel.oracle import World, apart, world

WORKERS = 12
OPERATIONS = 6
"""Of each worker in a round."""

FINE = (
    "is in use by",
    "nothing to do",
    "no lab",
    "is lab ",
    "has lost its record",
    "is not there: another command",
    "there is no node",
)
"""What a command may say when others are at the same lab."""


class Labs:
    """Labs, each with two files, and how the kernel looks with each of them."""

    def __init__(self, names: list[str], directory: Path) -> None:
        self.names = names
        self.files = {name: (directory / f"{name}.yaml", directory / f"{name}-changed.yaml") for name in names}
        for name, files in self.files.items():
            text = SMALL.replace("name: made", f"name: {name}")
            changed = (
                text.replace("vni: 100", "vni: 200").replace("b: {links", "c: {links").replace("b:eth0]", "c:eth0]")
            )
            for file, content in zip(files, (text, changed), strict=True):
                file.write_text(content)
        self._fresh = {which: self._made(names[0], which) for which in (0, 1)}

    def _made(self, name: str, which: int) -> World:
        vxlab("up", self.files[name][which])
        found = world(netns())
        vxlab("down", name)
        return found

    def wanted(self, name: str, file: str) -> World:
        which = [str(one) for one in self.files[name]].index(file)
        text = json.dumps(self._fresh[which])
        return json.loads(text.replace(f'"{self.names[0]}-', f'"{name}-'))


def operate(chance: random.Random, labs: Labs) -> str:
    """Do one thing to one lab; what was wrong with how it went."""
    name = chance.choice(labs.names)
    file = chance.choice(labs.files[name])
    words = chance.choice(
        [["up", file]] * 5
        + [["down", name]] * 3
        + [["plan", file], ["status", name], ["ls"], ["exec", "-l", name, "a", "--", "true"], ["down", file]]
    )
    if chance.random() < 0.25:
        ended, was_reached = injected.run(words, chance.randint(1, 90))
        if was_reached:
            return ""
    else:
        ended = forked.run(*words, timeout=TIMEOUT)
    told = ended.stderr
    strange = "Traceback" in told or "should not happen" in told
    # By a `down` of its lab: as the command that it has become, or while it stands for that.
    was_ended = words[0] == "exec" and ended.returncode in (-signal.SIGTERM, 128 + signal.SIGTERM)
    if strange or (ended.returncode and not was_ended and not any(text in told for text in FINE)):
        return f"{words}: {ended.returncode} {ended.stdout}{told}"
    return ""


def work(seed: int, labs: Labs) -> None:
    """Be a worker; what goes wrong ends it with a traceback."""
    chance = random.Random(seed)  # noqa: S311  the same each time
    for _ in range(OPERATIONS):
        wrong = operate(chance, labs)
        assert not wrong, f"seed {seed}: {wrong}"


def side_by_side(seeds: range, labs: Labs) -> None:
    """Workers at once; none of them fails, and none hangs."""
    children = [forked_worker(seed, labs) for seed in seeds]
    ended = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert ended == [0] * len(children), f"seeds {seeds}: see the standard error of the workers"


def forked_worker(seed: int, labs: Labs) -> int:
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        work(seed, labs)
        status = 0
    except BaseException as error:
        os.write(2, f"{error}\n".encode())
    finally:
        os._exit(status)


def check(labs: Labs, chance: random.Random) -> None:
    """What is whole is so; what is not is finished, or removed."""
    for lab in json.loads(vxlab("ls", "--json").stdout):
        name = lab["name"]
        if lab["state"] != "up":
            assert lab["state"] in ("half made", "lost"), lab
            vxlab(*chance.choice((["down", name], ["up", labs.files[name][0]])))
            continue
        wanted = labs.wanted(name, lab["file"])
        assert sorted(one for one in netns() if one.startswith(f"{name}-")) == sorted(wanted), lab
        assert apart(world(wanted), wanted, history=False) == [], name


def rounds(names: list[str], directory: Path, seconds: float, least: int) -> int:
    """Rounds until the time is over, at least so many; how many there were."""
    before = machine()
    labs = Labs(names, directory)
    end, number = time.monotonic() + seconds, 0
    while number < least or time.monotonic() < end:
        side_by_side(range(number * WORKERS, (number + 1) * WORKERS), labs)
        check(labs, random.Random(number))  # noqa: S311  the same each time
        number += 1
    vxlab("down", "--all")
    assert machine() == before
    return number


def test_a_dozen_processes_and_one_lab(tmp_path: Path) -> None:
    rounds(["one"], tmp_path, 0, least=1)


def test_a_dozen_processes_and_five_labs(tmp_path: Path) -> None:
    rounds([f"lab-{number}" for number in range(5)], tmp_path, 0, least=1)


@pytest.mark.chaos
def test_a_dozen_processes_and_twenty_labs(tmp_path: Path) -> None:
    seconds = float(os.environ.get("VXLAB_CHAOS", "300"))
    print(rounds([f"lab-{number}" for number in range(20)], tmp_path, seconds, least=1), "rounds")


@pytest.mark.chaos
def test_ten_processes_and_the_same_lab(tmp_path: Path) -> None:
    print(rounds(["one"], tmp_path, float(os.environ.get("VXLAB_CHAOS", "300")) / 5, least=1), "rounds")
