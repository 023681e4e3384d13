"""Causes in the file itself: what was asked for cannot work."""

from __future__ import annotations

from collections.abc import Iterator

from vxlab.state.owned import is_machine
from vxlab.verify.causes.look import command, look
from vxlab.verify.check import Cause
from vxlab.verify.overlay import Host, Vtep
from vxlab.verify.proof import Proof
from vxlab.verify.routing import UntoldError, journey
from vxlab.verify.scene import Scene


def causes(proof: Proof) -> Iterator[Cause]:
    """What the file says of the two VTEPs that does not fit together."""
    if isinstance(proof.sender, Host) and isinstance(proof.target, Host):
        yield from _one_mac(proof.scene)
        near, far = proof.sender.vtep, proof.target.vtep
        if near is not far:
            yield from _tunnel(proof.scene, near, far)
            yield from _tunnel(proof.scene, far, near)
            yield from _entries(proof.scene, near, proof.target)
            yield from _entries(proof.scene, far, proof.sender)


def _one_mac(scene: Scene) -> Iterator[Cause]:
    for segment in scene.segments:
        owners: dict[str, dict[str, Host]] = {}
        for host in segment.own_hosts:
            owners.setdefault(host.mac, {})[scene.host(host)] = host
        for mac, hosts in owners.items():
            if len(hosts) > 1:
                last = [*hosts.values()][-1]
                text = f"the file gives {' and '.join(hosts)} one MAC address: {mac}"
                yield Cause(text, command("ip", last.place[0], "link", "show", "dev", last.place[1]))


def _tunnel(scene: Scene, near: Vtep, far: Vtep) -> Iterator[Cause]:
    one, other = scene.vtep(near), scene.vtep(far)
    floods = {(to.address, to.vni) for to in near.flood_list}
    if floods and not floods & far.listens_to and not near.proxies:
        where = ", ".join(to.address for to in near.flood_list)
        text = f"the file floods from {one} to {where} alone, and {other} ({', '.join(far.addresses)}) takes none of it"
        yield Cause(text, command("bridge", near.namespace, "fdb", "show", "dev", near.device.name))
    if not near.flood_list and near.learns and not near.proxies:
        text = f"the file has {one} flood to nobody, and so nobody behind {other} is ever asked"
        yield Cause(text, command("bridge", near.namespace, "fdb", "show", "dev", near.device.name))
    if any(to.port != far.port for to in near.flood_list):
        yield Cause(
            f"the file has {one} send to another UDP port than {far.port}, {other}'s",
            look(near.device, scene.actual.state),
        )
    if far.addresses and _has_no_route(scene, near, far.addresses[0]):
        text = f"the file gives {one} no route to {other} ({far.addresses[0]})"
        yield Cause(text, command("ip", near.namespace, "route", "get", far.addresses[0]))


def _has_no_route(scene: Scene, vtep: Vtep, address: str) -> bool:
    if is_machine(vtep.namespace):  # which has routes that are not the lab's
        return False
    try:
        return journey(scene.state, (), vtep.namespace, address) is None
    except UntoldError:
        return False


def _entries(scene: Scene, vtep: Vtep, host: Host) -> Iterator[Cause]:
    static = vtep.static_entry(host.mac)
    if static and static.address not in host.vtep.addresses:
        name, right = scene.host(host), f"{scene.vtep(host.vtep)} ({', '.join(host.vtep.addresses)})"
        text = f"the file says on {scene.vtep(vtep)} that {name} is behind {static.address}, and it is behind {right}"
        yield Cause(text, command("bridge", vtep.namespace, "fdb", "show", "dev", vtep.device.name))
    if not static and not vtep.learns and vtep.proxies:
        text = f"the file does not tell {scene.vtep(vtep)} which VTEP {host.mac} is behind"
        yield Cause(text, command("bridge", vtep.namespace, "fdb", "show", "dev", vtep.device.name))
