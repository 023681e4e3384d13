"""Contenders build the same network in turn; what each did is a sample."""

import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from benchmarks import quiet
from benchmarks.contenders import CONTENDERS, Contender
from benchmarks.networks import Network
from benchmarks.progress import say
from benchmarks.samples import Key, Samples
from benchmarks.timing import FailedError, Run

T = TypeVar("T")

ENOUGH = 60.0
"""Seconds of one contender's `up` on one network, all rounds together, after which there is no further round for it."""

ONCE = ("verify", "up after down")
"""What is done in the first round alone: it takes long, or makes the next wait long."""


@dataclass(frozen=True)
class Entry:
    """What a contender is to do beside "up" and "down", and how often.

    That is, in this order: "up again", "status" and "verify" while the network is up, "up after down" when it is down.
    """

    wanted: Collection[str]
    rounds: int


def race(samples: Samples, network: Network, entrants: Mapping[str, Entry]) -> None:
    """Have all contenders, by their names, do what is wanted of them, in an order that turns from round to round."""
    with tempfile.TemporaryDirectory() as folder:
        there = {who: one for who in entrants if (one := _prepared(samples, who, network, Path(folder)))}
        for number in range(max(entry.rounds for entry in entrants.values())):
            for who in turned([*there], number):
                if number < entrants[who].rounds and _goes_on(samples, Key(who, "up", network.label)):
                    wanted = [what for what in entrants[who].wanted if number == 0 or what not in ONCE]
                    with suppress(FailedError):  # which is noted
                        _round(samples, who, there[who], wanted)


def turned(ones: Sequence[T], by: int) -> list[T]:
    """The same, beginning with another one each time: who comes first has no advantage in the end."""
    at = by % len(ones) if ones else 0
    return [*ones[at:], *ones[:at]]


def _prepared(samples: Samples, who: str, network: Network, folder: Path) -> Contender | None:
    try:
        return CONTENDERS[who](network, folder)
    except FailedError as error:
        samples.reasons[Key(who, "up", network.label)] = str(error)
        return None


def _goes_on(samples: Samples, key: Key) -> bool:
    return not samples.failed(key) and sum(run.seconds for run in samples.runs.get(key, ())) < ENOUGH


def _round(samples: Samples, who: str, contender: Contender, wanted: Collection[str]) -> None:
    """One round of one contender.

    Raises:
        FailedError: something did not work, which is noted among the reasons; nothing is up.
    """

    def measure(what: str, do: Callable[[], Run]) -> None:
        key = Key(who, what, contender.network.label)
        try:
            run = do()
        except FailedError as error:
            samples.reasons[key] = str(error)
            raise
        samples.add(key, run)
        say(key, run.seconds)

    while_up = {"up again": contender.up, "status": contender.status, "verify": contender.verify}
    quiet.wait()
    try:
        measure("up", contender.up)
        for what, do in while_up.items():
            if what in wanted:
                with suppress(FailedError):
                    measure(what, do)
        measure("down", contender.down)
        if "up after down" in wanted:
            measure("up after down", contender.up)
            contender.down()
    except BaseException:
        with suppress(FailedError):
            contender.down()
        raise
