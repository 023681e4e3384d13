"""This machine: what a lab needs of it, and what of a lab is taken away from it."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Interface, IPv6Interface, ip_interface

from vxlab.kernel import namespaces, options, sysctls
from vxlab.kernel.apply import apply
from vxlab.kernel.errors import MissingFeatureError
from vxlab.kernel.read import Actual, here
from vxlab.lab import disk, ownership
from vxlab.lab.actual import read
from vxlab.lab.errors import CollisionError, LabError, NotRootError
from vxlab.plan import Action, Plan, plan
from vxlab.rootless.world import machine_uid
from vxlab.state.kind import Family
from vxlab.state.kinds import ADDRESS, CARD, VXLAN
from vxlab.state.model import NetworkState, Resource
from vxlab.state.owned import is_machine, mark, protocol


def refuse(lab: str, state: NetworkState) -> None:
    """See that the machine has what a lab needs of it, and nothing that the lab would make.

    Raises:
        CollisionError: another lab, or somebody else, has it.
        NotRootError: the caller is an ordinary user, whose namespaces are not the machine's.
        LabError: a network card is not there, down, or not as the file says.
    """
    names = [name for name in state.namespaces if is_machine(name)]
    if not names:
        return
    if machine_uid() != 0:
        raise NotRootError(f"lab {lab} has a node that is the machine itself: the same command with --root")
    there = here()
    links = {link.name: link for link in there.family(Family.LINK)}
    for name in names:
        _refuse_links(lab, state.inside(name, Family.LINK), links)
        for card in (link for link in state.inside(name, Family.LINK) if link.kind is CARD):
            _refuse_card(card, links.get(card.name))
        _refuse_addresses(state, name, there)
        if any(address.get("protocol") for address in state.inside(name, Family.ADDRESS)):
            _refuse_look_alikes(lab)


def _refuse_links(lab: str, wanted: Iterable[Resource], links: dict[str, Resource]) -> None:
    for link in wanted:
        found = links.get(link.name)
        if link.kind is not CARD and found and found.get("link_group") != mark(lab):
            raise CollisionError(
                f"the machine has a link {link.name} already, which is not lab {lab}'s: remove it "
                f"(ip link del {link.name}) or give the lab's another name"
            )


def _refuse_card(card: Resource, found: Resource | None) -> None:
    if found is None:
        raise LabError(f"this machine has no network card {card.name}: is it the machine that --on says?")
    if not found.get("up"):
        raise LabError(f"network card {card.name} is down: raise it first (ip link set {card.name} up)")
    mtu = int(card.values.get("mtu") or 0)
    if mtu > int(found.get("mtu")):
        raise LabError(f"network card {card.name} has an MTU of {found.get('mtu')}, and the file says {mtu}")


def _refuse_addresses(state: NetworkState, name: str, there: NetworkState) -> None:
    """A tunnel sends from an address that the machine has, or gets from the file (vxlan_xmit_one())."""
    has = {_bare(address) for address in (*there.family(Family.ADDRESS), *state.inside(name, Family.ADDRESS))}
    for tunnel in (link for link in state.inside(name, Family.LINK) if link.kind is VXLAN and link.get("local")):
        local, card = tunnel.get("local"), tunnel.get("dev") or "a network card"
        if local not in has:
            raise LabError(
                f"this machine has no address {local}, from which {tunnel.name} sends: give it to {card} "
                f"(ip addr add {local}/LENGTH dev {card}), or say it in the file (links: {{{card}: {{addresses: …}}}})"
            )


def require(steps: Plan) -> None:
    """See that the kernel can mark what a plan puts on network cards.

    Raises:
        MissingFeatureError: it cannot.
    """
    given = [step for step in steps if step.resource.kind is ADDRESS and is_machine(step.namespace)]
    if any(step.values and step.resource.get("protocol") for step in given) and not options.marks_addresses():
        raise MissingFeatureError(
            "this kernel keeps no protocol of addresses (Linux 5.18 does), by which vxlab would know its own on "
            f"{given[0].resource.name}: add the address by hand, not in the file. Nothing was changed."
        )


def _bare(address: Resource) -> str:
    return str(address.get("address")).partition("/")[0]


def _refuse_look_alikes(lab: str) -> None:
    """Two labs whose addresses on cards carry the same protocol could not be told apart."""
    for other in disk.names():
        if other != lab and protocol(other) == protocol(lab) and any(map(is_machine, disk.namespaces(other))):
            raise CollisionError(f"addresses of lab {lab} on network cards would look like lab {other}'s: rename one")


def refuse_taking_along(steps: Plan) -> None:
    """See that no address of somebody else's goes with one of the lab's: the kernel takes the secondary addresses of a
    prefix along with the first one, unless it is told to promote them (__inet_del_ifa() in net/ipv4/devinet.c).

    Raises:
        LabError: one would.
    """
    gone = [step.resource for step in steps if step.action is Action.DELETE and step.resource.kind is ADDRESS]
    gone = [address for address in gone if is_machine(address.namespace) and address.get("protocol")]
    there = list(here().family(Family.ADDRESS)) if gone else []
    for address in gone:
        alike = [
            _interface(other) for other in there if other.name == address.name and _network(other) == _network(address)
        ]
        others = alike[1:] if alike[:1] == [_interface(address)] else []
        if others and address.name and not _promotes(address.name):
            raise LabError(
                f"{', '.join(map(str, others))} would go from {address.name} with the lab's {alike[0]}: first have the "
                f"kernel keep such (sysctl -w net/ipv4/conf/{address.name}/promote_secondaries=1)"
            )


def _interface(address: Resource) -> IPv4Interface | IPv6Interface:
    return ip_interface(str(address.get("address")))


def _network(address: Resource) -> object:
    interface = _interface(address)
    return interface.network if interface.version == 4 else interface  # IPv6 has no secondary addresses of that kind


def _promotes(card: str) -> bool:
    return any(sysctls.read(f"net/ipv4/conf/{one}/promote_secondaries") == "1" for one in ("all", card))


Departure = tuple[list[str], Plan, Actual]
"""The names of the machine's namespace, what is done there, and what is there."""


def departure(lab: str, names: Iterable[str]) -> Departure:
    """What takes away all that a lab has in the machine's own namespace.

    Args:
        lab: the lab.
        names: the names under which it may be a node.

    Raises:
        CollisionError: such a name is that of another namespace: this is not where the lab was brought up.
        LabError: what is somebody else's would go too.
    """
    listed = list(names)
    ownership.refuse_foreign(lab, listed)
    actual = read(lab, listed, NetworkState(), ())
    steps = plan(actual.state, NetworkState())
    refuse_taking_along(steps)
    return listed, steps, actual


def depart(names: list[str], steps: Plan, actual: Actual) -> None:
    """Do that, and take the names away: those last, for they tell of it.

    Raises:
        KernelError: the kernel refused a step.
    """
    for name in filter(namespaces.is_unfinished, names):
        namespaces.delete(name)
    for name in {step.namespace for step in steps}:
        if not namespaces.exists(name):
            namespaces.attach(name)
    apply(steps, actual.indexes)
    for name in names:
        namespaces.delete(name)
