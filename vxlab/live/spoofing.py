"""What is learned from a frame that says it is from somebody else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vxlab.lab.record import Record
from vxlab.live import places
from vxlab.live.directory import Directory, End
from vxlab.packets.meaning import Meaning
from vxlab.packets.ring import Place


def notes(lab: Record, where: str, sent: Sequence[Meaning]) -> Iterator[str]:
    """A sentence for each MAC address that VTEPs learn in a place where the lab's file does not have it.

    Args:
        lab: the lab.
        where: NODE or NODE:LINK that sent.
        sent: the frames.
    """
    directory = Directory(lab)
    node, _ = places.split(where)
    namespace = places.node_namespace(lab, node)
    for mac, src in dict.fromkeys((one.inner.mac_src, one.outer[0].src if one.outer else "") for one in sent):
        owner = _owner(directory, mac)
        if owner is None:
            continue
        if _is_behind(directory, owner, src) if src else _is_there(directory, owner, namespace):
            continue
        who = lab.node_of(owner.place[0])
        yield f"{mac} is {who}'s: a VTEP that learns from this has it behind {src or node}, until {who} sends again"


def _owner(directory: Directory, mac: str) -> End | None:
    """The host that has a MAC address; None where nobody has it, several have, or a VTEP has."""
    found = [end for end in directory.ends.values() if _mac(directory, end) == mac]
    return found[0] if len(found) == 1 and not directory.devices(found[0].place[0]) else None


def _mac(directory: Directory, end: End) -> object:
    link = directory.state.link(*end.place)
    return link.get("mac") if link else None


def _vtep(directory: Directory, place: Place) -> str | None:
    """The namespace of the VTEP that a link is cabled to."""
    other = directory.other_end(place)
    return other[0] if other and directory.devices(other[0]) else None


def _is_behind(directory: Directory, owner: End, src: str) -> bool:
    """Whether a host is behind the VTEP that has an address, as far as it can be known."""
    vtep = _vtep(directory, owner.place)
    return vtep is None or any(end.place[0] == vtep for end in directory.having(src))


def _is_there(directory: Directory, owner: End, namespace: str) -> bool:
    """Whether a node may send a plain frame of a host, or sends to no VTEP."""
    vteps = (_vtep(directory, end.place) for end in directory.of(namespace))
    return owner.place[0] == namespace or bool(directory.devices(namespace)) or not any(vteps)
