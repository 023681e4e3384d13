"""Short commands, beside an interpreter that imports what they cannot do without."""

import sys
from collections.abc import Collection
from pathlib import Path

from benchmarks import quiet
from benchmarks.contenders import VXLAB
from benchmarks.progress import say
from benchmarks.race import turned
from benchmarks.samples import Key, Samples
from benchmarks.timing import FailedError, timed

SMALL = Path(__file__).parent.parent / "topologies" / "multicast.yaml"
"""Two VTEPs with a host each."""

ROUNDS_EACH = 5
"""For each round of the networks: these take a fraction of a second."""

COMMANDS: dict[Key, tuple[str, ...]] = {
    Key("python", "import typer", ""): (sys.executable, "-c", "import typer"),
    Key("python", "import all", ""): (sys.executable, "-c", "import pyroute2, pydantic, typer"),
    Key("vxlab", "--help", ""): (*VXLAB, "--help"),
    Key("vxlab", "validate", ""): (*VXLAB, "validate", str(SMALL)),
    Key("vxlab", "cheatsheet", ""): (*VXLAB, "cheatsheet", str(SMALL)),
    Key("vxlab", "up", ""): (*VXLAB, "up", str(SMALL)),
}


def start(samples: Samples, wanted: Collection[Key], rounds: int) -> None:
    """Run those of the commands that are wanted, in turn, and take down again what comes up."""
    commands = [key for key in COMMANDS if key in wanted]
    for number in range(rounds * ROUNDS_EACH):
        for key in turned(commands, number):
            if not samples.failed(key):
                _once(samples, key)


def _once(samples: Samples, key: Key) -> None:
    try:
        run = timed(*COMMANDS[key])
        if key.what == "up":
            timed(*VXLAB, "down", str(SMALL))
            quiet.wait()
    except FailedError as error:
        samples.reasons[key] = str(error)
        return
    samples.add(key, run)
    say(key, run.seconds)
