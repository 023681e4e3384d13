"""The networks that are measured, as topology files."""

from collections.abc import Callable
from dataclasses import dataclass

VNIS = 4000


@dataclass(frozen=True)
class Network:
    """A network to build: what it is called here and in the results, its size in VTEPs, and its topology file."""

    label: str
    size: int
    topology: str


def flat(size: int) -> Network:
    """N VTEPs, one host each, one segment in mode multicast, one underlay switch: 2 N + 1 namespaces."""
    return Network(
        f"flat-{size}",
        size,
        f"name: bench\nunderlay: {{subnet: 172.16.0.0/16}}\nsegments: {{s: {{vni: 42}}}}\n"
        f"vteps: {{'v[1-{size}]': {{}}}}\nhosts: {{'h[1-{size}]': {{vtep: 'v[1-{size}]'}}}}\n",
    )


def vxlan_devices(vnis: int = VNIS) -> Network:
    """One VTEP with a VXLAN device for each VNI."""
    links = "".join(f"      x{vni}: {{kind: vxlan, vni: {vni}, local: 192.0.2.1}}\n" for vni in range(1, vnis + 1))
    return Network(f"vxlan-devices-{vnis}", 1, _one_vtep(links))


def vni_filter(vnis: int = VNIS) -> Network:
    """One VTEP with one VXLAN device for all VNIs, and a filter that takes each of them (bridge(8), "bridge vni")."""
    device = "      vx0: {kind: vxlan, external: true, vnifilter: true, local: 192.0.2.1}\n"
    filtered = "".join(f"      - {{link: vx0, vni: {vni}}}\n" for vni in range(1, vnis + 1))
    return Network(f"vni-filter-{vnis}", 1, _one_vtep(f"{device}    vnis:\n{filtered}"))


def _one_vtep(links: str) -> str:
    return f"name: bench\nnodes:\n  v1:\n    links:\n      lo: {{addresses: [192.0.2.1/32]}}\n{links}"


def labelled(label: str) -> Network:
    """The network that has a label."""
    kind, _, size = label.rpartition("-")
    makers: dict[str, Callable[[int], Network]] = {
        "flat": flat,
        "vxlan-devices": vxlan_devices,
        "vni-filter": vni_filter,
    }
    return makers[kind](int(size))
