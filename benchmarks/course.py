"""What has to be run for which figures, and in which order."""

from collections.abc import Collection, Iterable, Iterator

from benchmarks.figures import Figure
from benchmarks.networks import Network, flat, labelled
from benchmarks.race import Entry
from benchmarks.samples import Key, Samples

CURVES = {
    "vxlab": (10, 50, 100, 200, 500, 1000),
    "floor": (10, 50, 100, 200, 500, 1000),
    "script": (10, 50, 100, 200, 500),
    "batch": (10, 50, 100, 200, 500),
    "mininet": (10, 50, 100, 200),
}
"""Who builds the network of which sizes for the picture; a thousand VTEPs by script take minutes."""


def growth() -> set[Key]:
    """What the picture needs."""
    return {Key(who, "up", flat(size).label) for who, sizes in CURVES.items() for size in sizes}


def needed(figures: Iterable[Figure]) -> set[Key]:
    """What the figures need."""
    return {key for figure in figures for key in figure.needs()}


def races(figured: Collection[Key], drawn: Collection[Key], rounds: int) -> Iterator[tuple[Network, dict[str, Entry]]]:
    """Each network with those who build it, and what they do with it; the small ones first.

    What figures are made of is measured in all rounds, what is only ``drawn`` in one.
    """
    found: dict[str, dict[str, set[str]]] = {}
    for who, what, where in {*figured, *drawn}:
        if where:
            found.setdefault(where, {}).setdefault(who, set()).add(what)
    often = {(key.who, key.where) for key in figured}
    for network in sorted(map(labelled, found), key=lambda network: network.size):
        entrants = sorted(found[network.label].items())
        yield network, {who: Entry(what, rounds if (who, network.label) in often else 1) for who, what in entrants}


def curves(samples: Samples) -> dict[str, dict[int, float]]:
    """The seconds of each `up`, by who and by number of VTEPs."""
    found: dict[str, dict[int, float]] = {}
    for key in samples.runs:
        if key.what == "up" and key.where.startswith("flat-") and not samples.failed(key):
            found.setdefault(key.who, {})[labelled(key.where).size] = samples.seconds(key)
    return found
