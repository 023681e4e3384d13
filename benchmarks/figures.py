"""The figures to reach: what is measured, against what, and the goal."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.networks import flat, vni_filter, vxlan_devices
from benchmarks.samples import Key, NotMeasuredError, Samples


@dataclass(frozen=True)
class Result:
    """A figure as it was measured; ``value`` is None where it was not, and ``reason`` says why.

    ``verdict`` is "reached", "missed", "reported" where there is no goal, or "not measured".
    """

    name: str
    what: str
    goal: str
    value: float | None
    measured: str
    verdict: str
    reason: str = ""


@dataclass(frozen=True)
class Figure(ABC):
    """A row of the table.

    ``name`` is what --only knows it by, ``limit`` the goal as a number; None where there is none.
    """

    name: str
    what: str
    limit: float | None

    @abstractmethod
    def needs(self) -> Sequence[Key]:
        """What has to be measured for it."""

    @abstractmethod
    def goal(self) -> str:
        """The goal in words."""

    @abstractmethod
    def value(self, samples: Samples) -> float:
        """The figure; NotMeasuredError where something is missing."""

    @abstractmethod
    def words(self, value: float, samples: Samples) -> str:
        """The figure in words, with what it was made of."""

    def reached(self, value: float) -> bool:
        assert self.limit is not None
        return value <= self.limit

    def result(self, samples: Samples) -> Result:
        try:
            value = self.value(samples)
        except NotMeasuredError as error:
            return Result(self.name, self.what, self.goal(), None, "", "not measured", str(error))
        verdict = "reported" if self.limit is None else "reached" if self.reached(value) else "missed"
        return Result(self.name, self.what, self.goal(), value, self.words(value, samples), verdict)


@dataclass(frozen=True)
class Times(Figure):
    """How many times as long one thing takes as another: at most ``limit``."""

    one: Key
    other: Key

    def needs(self) -> Sequence[Key]:
        return (self.one, self.other)

    def goal(self) -> str:
        return "" if self.limit is None else "at most as long" if self.limit == 1 else f"at most {self.limit:g} times"

    def value(self, samples: Samples) -> float:
        return samples.seconds(self.one) / samples.seconds(self.other)

    def words(self, value: float, samples: Samples) -> str:
        return f"{value:.2f} times ({_seconds(samples, self.one)} against {_seconds(samples, self.other)})"


@dataclass(frozen=True)
class Faster(Times):
    """How many times as fast one thing is as another: at least ``limit``."""

    def goal(self) -> str:
        return "" if self.limit is None else f"at least {self.limit:g} times as fast"

    def value(self, samples: Samples) -> float:
        return 1 / super().value(samples)

    def words(self, value: float, samples: Samples) -> str:
        return f"{value:.2g} times as fast ({_seconds(samples, self.one)} against {_seconds(samples, self.other)})"

    def reached(self, value: float) -> bool:
        assert self.limit is not None
        return value >= self.limit


@dataclass(frozen=True)
class Memory(Figure):
    """The most megabytes (10⁶ bytes) that any process had of several commands, all of which succeeded."""

    keys: Sequence[Key]

    def needs(self) -> Sequence[Key]:
        return self.keys

    def goal(self) -> str:
        return f"all succeed, under {self.limit:g} MB"

    def value(self, samples: Samples) -> float:
        return max(samples.memory(key) for key in self.keys) / 1e6

    def words(self, value: float, samples: Samples) -> str:
        return f"{value:.0f} MB ({', '.join(f'{key.what} {_seconds(samples, key)}' for key in self.keys)})"


def _seconds(samples: Samples, key: Key) -> str:
    return f"{samples.seconds(key):.2g} s" if samples.seconds(key) < 1 else f"{samples.seconds(key):.1f} s"


def figures(scale: int = 1) -> list[Figure]:
    """All of them, with every network ``scale`` times smaller than it is to be."""

    def key(who: str, what: str, size: int) -> Key:
        return Key(who, what, flat(size // scale).label)

    def n(size: int) -> str:
        return f"N = {size // scale:,}"

    return [
        Times(
            "floor", f"`up`, {n(500)}, against the bare-netlink floor", 2,
            key("vxlab", "up", 500), key("floor", "up", 500),
        ),
        Faster(
            "script", f"`up`, {n(500)}, against the rendered `sh` script", 10,
            key("vxlab", "up", 500), key("script", "up", 500),
        ),
        Faster(
            "batch", f"`up`, {n(200)}, against the rendered `--batch` form", 3,
            key("vxlab", "up", 200), key("batch", "up", 200),
        ),
        Faster(
            "mininet", f"`up`, {n(50)}, against Mininet starting {50 // scale} hosts on one Linux bridge", 4,
            key("vxlab", "up", 50), key("mininet", "up", 50),
        ),
        Times(
            "growth", f"`up`, {n(1000)} over {n(100)} (linear is 10)", 15,
            key("vxlab", "up", 1000), key("vxlab", "up", 100),
        ),
        Memory(
            "thousand", f"{n(1000)}: comes up, proves itself, goes down; vxlab's memory", 1000,
            [key("vxlab", what, 1000) for what in ("up", "verify", "down")],
        ),
        Times(
            "down", f"`down`, {n(500)}, until every name is gone, against a bare unmount-and-unlink loop", 2,
            key("vxlab", "down", 500), key("floor", "down", 500),
        ),
        Times(
            "again", f"`up` again with nothing to do, {n(500)}, against the first `up`", 1,
            key("vxlab", "up again", 500), key("vxlab", "up", 500),
        ),
        Times(
            "status", f"`status`, {n(500)}, tables included, against `up`", 1,
            key("vxlab", "status", 500), key("vxlab", "up", 500),
        ),
        Times(
            "after-down", f"`up` right after a `down`, {n(200)}, against the floor right after its own", None,
            key("vxlab", "up after down", 200), key("floor", "up after down", 200),
        ),
        *(
            Times(
                name.strip("-"), f"`vxlab {name}`{' of a small lab' * (name != '--help')}, against `import typer`", 2.5,
                Key("vxlab", name, ""), Key("python", "import typer", ""),
            )
            for name in ("--help", "validate", "cheatsheet")
        ),
        Times(
            "two", "`up` of the two-VTEP lab, against `import pyroute2, pydantic, typer`", 1.5,
            Key("vxlab", "up", ""), Key("python", "import all", ""),
        ),
        *(
            Faster(
                name, f"one VTEP with {4000 // scale:,} VNIs {how}, against `ip -batch`", None,
                Key("vxlab", "up", network.label), Key("batch", "up", network.label),
            )
            for name, network, how in (
                ("vxlan-devices", vxlan_devices(4000 // scale), "as vxlan devices"),
                ("vni-filter", vni_filter(4000 // scale), "in one `external` device with vnifilter"),
            )
        ),
    ]  # fmt: skip
