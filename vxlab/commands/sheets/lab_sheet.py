"""The cheat sheet of a lab: a picture, the commands that build it by what they are for, and how to look at it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from vxlab.commands.purpose import explained, node_purpose
from vxlab.commands.purpose.anatomy import Anatomy, some
from vxlab.commands.render import command_line
from vxlab.commands.script import of_nodes
from vxlab.commands.sheets.chapters import (
    HOSTS,
    LAST,
    NODES,
    OTHERS,
    PROCESSES,
    UNDERLAY,
    VTEPS,
    Place,
    Placed,
    part_title,
    placed,
    title,
)
from vxlab.commands.sheets.looking import looking
from vxlab.commands.sheets.looks import looks
from vxlab.commands.sheets.picture import picture
from vxlab.commands.sheets.sheet import Example, Section, Sheet
from vxlab.plan import Plan
from vxlab.state.model import NetworkState

_TEXTS = {
    NODES: "Each node is a network namespace: a network stack of its own, with links, routes and tables of its own.",
    UNDERLAY: "What carries the outer packets from VTEP to VTEP. It knows nothing of the segments.",
    HOSTS: "The hosts know nothing of VXLAN. A host's cable is made with its VTEP, above.",
    OTHERS: "",
    LAST: "These are refused, or lost again, before the links of both ends are up.",
    PROCESSES: "Each is the first of a PID namespace of its own. With vxlab, those of a node share one, under an init.",
}


def lab_sheet(name: str, description: str, state: NetworkState, steps: Plan, only: Sequence[str] = ()) -> Sheet:
    """The sheet of a lab.

    Args:
        name: the lab's name.
        description: what the topology says about it.
        state: what the lab is.
        steps: the steps from nothing to ``state``.
        only: the namespaces whose commands are wanted; none is all of them.
    """
    anatomy = Anatomy(name, state)
    places = [(place, of_nodes(run, only)) for place, run in placed(anatomy, steps)]
    chapters = list(_chapters(anatomy, [(place, run) for place, run in places if run]))
    return Sheet(
        f"Lab {name}",
        "\n".join(filter(None, (description, _how_to_read(anatomy, name, only)))),
        (*chapters, *looks(anatomy, only), looking()),
        picture(anatomy, only),
    )


def _how_to_read(anatomy: Anatomy, name: str, only: Sequence[str]) -> str:
    if only:
        nodes = some(anatomy.node(namespace) for namespace in only)
        return f"Only the commands that concern {nodes} are here; a cable is made by one command for both of its ends."
    return (
        "Run as root, from top to bottom, the commands build the lab; they need iproute2 and sysctl, and no vxlab. "
        "They are grouped by what they are for; vxlab cheatsheet with --format sh prints the same steps as a script. "
        f"To take the lab away: vxlab down {name}, or ip netns del for each node."
    )


def _chapters(anatomy: Anatomy, places: list[Placed]) -> Iterator[Section]:
    for _, group in groupby(places, key=lambda item: (item[0].chapter, item[0].number)):
        members = list(group)
        first = members[0][0]
        heading, text = title(anatomy, first), _text(anatomy, first)
        parts = list(_parts(anatomy, members))
        if len(parts) == 1 or not all(part.title for part in parts):
            examples = tuple(example for part in parts for example in part.examples)
            yield Section(heading, text, examples)
        else:
            yield Section(heading, text, parts=tuple(parts))


def _parts(anatomy: Anatomy, members: list[Placed]) -> Iterator[Section]:
    for place, run in members:
        examples = tuple(Example(command_line(step), explained(anatomy, step)) for step in run)
        yield Section(part_title(anatomy, place), "", examples)


def _text(anatomy: Anatomy, place: Place) -> str:
    if place.chapter != VTEPS:
        return _TEXTS[place.chapter]
    namespace = anatomy.state.namespaces[place.number]
    tunnels = anatomy.tunnels_of(namespace)
    behind = dict.fromkeys(
        anatomy.node(h.namespace) for t in tunnels for h in anatomy.hosts(t) if h.namespace != namespace
    )
    hosts = f" Behind it: {some(behind)}." if behind else ""
    what = node_purpose(anatomy, namespace)
    return f"{what[0].upper()}{what[1:]}.{hosts}"
