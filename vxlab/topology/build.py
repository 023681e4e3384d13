"""The low-level keys as a state: one resource for everything that they name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from vxlab.state.kind import Family, Kind
from vxlab.state.kinds import (
    ADDRESS,
    BRIDGE,
    BRIDGE_PORT,
    BRIDGE_VLAN,
    CARD,
    FDB,
    LINK_KINDS,
    LOOPBACK,
    MACVLAN,
    NAMESPACE,
    NEXTHOP,
    PROCESS,
    QDISC,
    ROUTE,
    RULE,
    SYSCTL,
    VETH,
    VRF,
    VXLAN,
)
from vxlab.state.kinds.fdb import OF_TUNNELS
from vxlab.state.kinds.qdisc import IMPAIRMENTS, NETEM
from vxlab.state.kinds.route import IP6_METRIC
from vxlab.state.kinds.sysctl import path_of
from vxlab.state.model import Key, NetworkState, Resource, link_key
from vxlab.state.owned import is_machine, machine_namespace_of, mark, namespace_of, protocol
from vxlab.state.phrase import Phrases
from vxlab.state.types import NOTHING, Value
from vxlab.suggest import did_you_mean
from vxlab.topology.addressing import mac, natural
from vxlab.topology.errors import Mistake, Path
from vxlab.topology.lowlevel import SECTIONS, Node, WrittenNode
from vxlab.topology.machines import apart, places
from vxlab.topology.schema import Document
from vxlab.topology.state_checks import check_state
from vxlab.topology.strict import Strict


def build(lab: str, document: Document) -> tuple[NetworkState, list[Mistake]]:
    """The state that a low-level document means, and the mistakes that show only now.

    Every resource has a path in the document, so that a mistake can be told where it was written.
    """
    builder = _Builder(lab, document)
    builder.build()
    state = NetworkState.of(builder.resources.values())
    return state, [*builder.mistakes, *check_state(state, builder.places)]


class _Told:
    """What is said of one thing in several places, the first of which counts, and where each option of it stands."""

    def __init__(self) -> None:
        self.values: dict[str, Value] = {}
        self.places: dict[str, Path] = {}


class _Builder:
    def __init__(self, lab: str, document: Document) -> None:
        self._lab = lab
        self._document = document
        self.resources: dict[Key, Resource] = {}
        self._places: dict[Key, tuple[Path, Mapping[str, Path]]] = {}
        self._homes: dict[Key, list[Path]] = {}
        self.mistakes: list[Mistake] = []
        self._ends: dict[str, dict[str, tuple[Path, Strict, str]]] = {}

    def build(self) -> None:
        self._plug_in()
        nodes = self._document.nodes
        self.mistakes += places(nodes)
        # What a node shares comes before what it has of its own.
        for name in sorted(nodes, key=lambda name: (nodes[name].joins is not None, natural(name))):
            self._node(name, nodes[name])

    def places(self, key: Key, option: str = "") -> list[Path]:
        """Where a resource is written, or one of its options; where nothing says that, each place that could."""
        root, elsewhere = self._places[key]
        if not option:
            return [root]
        homes = [elsewhere[option]] if option in elsewhere else self._homes.get(key, [root])
        return [(*home, option) for home in homes]

    def _namespace(self, name: str) -> str:
        node = self._document.nodes.get(name)
        if node is not None and node.namespace == "root":
            return machine_namespace_of(self._lab, name, node.machine or "")
        return namespace_of(self._lab, name)

    def _plug_in(self) -> None:
        """Note every end of a cable with its node."""
        for index, cable in enumerate(self._document.links):
            for end, (node, link, settings) in enumerate(cable):
                path: Path = ("links", index, f"{node}:{link}")
                other_node, other_link, _ = cable[1 - end]
                if node not in self._document.nodes:
                    self.mistakes.append((path, f"there is no node {node}{did_you_mean(node, self._document.nodes)}"))
                elif (shared := self._document.nodes[node].joins) is not None:
                    text = f"{node} has no cables of its own: it joins {shared}"
                    self.mistakes.append((path, text, ("nodes", node, "joins")))
                elif other_node in self._document.nodes and (why := apart(node, other_node, self._document.nodes)):
                    self.mistakes.append((path, why, ("nodes", node), ("nodes", other_node)))
                elif link == "lo":
                    self.mistakes.append((path, "lo is there already, and leads nowhere: no cable ends in it"))
                elif link in self._ends.setdefault(node, {}):
                    text = f"{node}:{link} is already the end of another cable"
                    self.mistakes.append((path, text, self._ends[node][link][0]))
                else:
                    peer = f"{self._namespace(other_node)}:{other_link}"
                    self._ends[node][link] = (path, settings, peer)

    def _node(self, name: str, node: WrittenNode) -> None:
        namespace = self._namespace(name)
        root: Path = ("nodes", name)
        if node.joins is not None:
            self.mistakes += self._joining(name, node.joins, node)
            self._processes(name, node, self._namespace(node.joins))
            return
        self._add(root, NAMESPACE, namespace, {})
        for key in sorted(node.sysctls, key=_wide_first):
            self._add((*root, "sysctls", key), SYSCTL, namespace, {"key": key, "value": node.sysctls[key]})
        self._links(name, node, namespace)
        for section, kind in SECTIONS.items():
            for index, entry in enumerate(getattr(node, section)):
                for values in self._entry(kind, namespace, {**entry.said}):
                    self._add((*root, section, index), kind, namespace, values)
        self._processes(name, node, namespace)

    def _joining(self, name: str, other: str, node: Node) -> Iterator[Mistake]:
        """What is wrong with a node that shares the network namespace of another one."""
        root: Path = ("nodes", name)
        if other not in self._document.nodes:
            yield (*root, "joins"), f"there is no node {other}{did_you_mean(other, self._document.nodes)}"
        elif self._document.nodes[other].joins is not None:
            text = f"{other} has no network namespace of its own to join" if other != name else "a node joins another"
            yield (*root, "joins"), text, ("nodes", other, "joins")
        for key in Node.fields:
            if key != "processes" and key in node.said:
                text = f"{name} has no {key} of its own, for it joins {other}: say them there"
                yield (*root, key), text, (*root, "joins")
        if not node.processes:
            yield (*root, "joins"), f"{name} has no processes, and nothing else can be its own: say which"

    def _processes(self, name: str, node: Node, namespace: str) -> None:
        for process, settings in node.processes.items():
            values = {"node": name, "name": process, **settings.said}
            self._add(("nodes", name, "processes", process), PROCESS, namespace, values)

    def _entry(self, kind: Kind, namespace: str, values: dict[str, Value]) -> Iterator[dict[str, Value]]:
        """What an entry of a list means: itself, in the form in which the kernel tells of it."""
        if kind is ROUTE:
            yield _route(values)
        elif kind is RULE:
            yield _rule(values)
        elif kind is NEXTHOP:
            yield _nexthop(values)
        elif kind is BRIDGE_VLAN:
            link = self.resources.get(link_key(namespace, str(values["link"])))
            yield {**values, "self": True} if link is not None and link.kind is BRIDGE else values
        elif kind is FDB:
            yield from self._fdb(namespace, values)
        else:
            yield values

    def _links(self, name: str, node: WrittenNode, namespace: str) -> None:
        ends = self._ends.get(name, {})
        if "lo" not in node.links and node.namespace != "root":
            self._add(("nodes", name), LOOPBACK, namespace, {"name": "lo", "up": True})
        for link in sorted(node.links, key=natural):
            settings = node.links[link]
            path: Path = ("nodes", name, "links", link)
            kind = getattr(settings, "kind", None)
            if kind and link in ends:
                text = f"{link} has a kind here and is the end of a cable too"
                self.mistakes.append(((*path, "kind"), text, ends[link][0]))
            elif kind and link == "lo":
                text = "lo is there already: give its settings without a kind"
                self.mistakes.append(((*path, "kind"), text))
            elif kind:
                self._link(name, LINK_KINDS[kind], {"name": link}, (path, settings))
            elif link == "lo":
                self._link(name, LOOPBACK, {"name": link}, (path, settings))
            elif link not in ends and node.namespace == "root":
                self._link(name, CARD, {"name": link}, (path, settings))
            elif link not in ends:
                known = ", ".join(sorted(LINK_KINDS.keys() - {VETH.name}))
                text = f"{link} has no kind ({known}) and no cable of the top-level links ends in {name}:{link}"
                self.mistakes.append((path, text))
        for link, (path, settings, peer) in ends.items():
            more = node.links.get(link)
            here = [] if more is None or getattr(more, "kind", None) else [(("nodes", name, "links", link), more)]
            self._link(name, VETH, {"name": link, "peer": peer}, (path, settings), *here)

    def _link(self, node: str, kind: Kind, values: dict[str, Value], *settings: tuple[Path, Strict]) -> None:
        """A link with its addresses and, where it has a master, its settings as a port.

        What is said of it may stand in two places, at its cable and in its node; each has its path.
        """
        namespace, link = self._namespace(node), values["name"]
        own, impaired, port = _Told(), _Told(), _Told()
        addresses: list[tuple[Path, dict[str, Value]]] = []
        marks = {"link_group": mark(self._lab)} if is_machine(namespace) else {}
        if kind is not CARD:
            values |= {"up": True, **marks}
        for path, some in settings:
            self._refuse_marks(path, str(link), some.said, marks)
        for path, some in settings:
            hindering = {option.name: some.said[option.name] for option in IMPAIRMENTS if option.name in some.said}
            self._tell(own, path, link, {name: value for name, value in some.said.items() if name in kind.table})
            self._tell(impaired, path, link, hindering)
            addresses += [((*path, "addresses", i), {**a.said}) for i, a in enumerate(some.said.get("addresses", ()))]
            if more := some.said.get("bridge_port"):
                self._tell(port, (*path, "bridge_port"), link, more.said)
        values |= own.values
        values = values if kind is CARD else kind.assumed | values
        if "mac" not in values and _has_own_mac(kind, values):
            values["mac"] = mac(self._lab, node, str(link))
        if values.get("external") and "learning" not in own.values and kind is VXLAN:
            # Who says VNI and VTEP packet by packet has it learn only where that is said.
            values["learning"] = False
        root = settings[0][0]
        self._homes[link_key(namespace, str(link))] = [path for path, _ in settings]
        self._add(root, kind, namespace, values, own.places)
        for place, address in addresses:
            marked = {"protocol": protocol(self._lab)} if kind is CARD else {}
            self._refuse_marks(place, str(address["address"]), address, marked)
            self._add(place, ADDRESS, namespace, {**address, **marked, "link": link})
        if any(value != QDISC.defaults[option] for option, value in impaired.values.items()):
            qdisc = {"link": link, "discipline": NETEM, **impaired.values}
            self._add(root, QDISC, namespace, qdisc, impaired.places)
        if self._is_port(node, values):
            self._add((*root, "bridge_port"), BRIDGE_PORT, namespace, {"link": link, **port.values}, port.places)
        elif port.values:
            place = next(iter(port.places.values()))
            masters: list[Path] = [(*path, "master") for path, _ in settings]
            self.mistakes.append((place, f"{link} is no port: it has no bridge as master", *masters))

    def _refuse_marks(self, path: Path, what: str, said: Mapping[str, Any], marks: Mapping[str, Value]) -> None:
        """That by which vxlab knows what is its own in the machine's namespace is not for the file to say."""
        for name in marks.keys() & said.keys():
            self.mistakes.append(((*path, name), f"vxlab knows {what} by its {name} there: leave it out"))

    def _tell(self, told: _Told, path: Path, link: Value, more: Mapping[str, Value]) -> None:
        """What is said of a cable's end in two places must be one thing."""
        for name in told.values.keys() & more.keys():
            if told.values[name] != more[name]:
                both = f"{told.values[name]} at its cable, {more[name]} here"
                text = f"{link} has two different values of {name}: {both}"
                self.mistakes.append(((*path, name), text, (*told.places[name], name)))
        told.values = {**more, **told.values}
        told.places = dict.fromkeys(more, path) | told.places

    def _is_port(self, node: str, values: dict[str, Value]) -> bool:
        """Whether a link with these values is the port of a bridge, as far as that can be told: VRFs have none."""
        master = str(values.get("master", NOTHING))
        settings = self._document.nodes[node].links.get(master)
        return master != NOTHING and getattr(settings, "kind", None) != VRF.name

    def _fdb(self, namespace: str, values: dict[str, Value]) -> Iterator[dict[str, Value]]:
        """An entry in the table of its link, of its bridge, or one in each.

        It is without what it shares with its device, of which the kernel does not tell.
        """
        device = self.resources.get(link_key(namespace, str(values["link"])))
        own = values.pop("self", False)
        values = {
            name: value
            for name, value in values.items()
            if name not in ("port", "vni") or device is None or device.get(name) != value
        }
        if not own or not values.get("master"):
            yield values
            return
        # The one says the port, the other what is beyond it.
        yield {name: value for name, value in values.items() if name not in OF_TUNNELS}
        yield {name: value for name, value in values.items() if name not in ("master", "vlan", "sticky")}

    def _add(
        self,
        path: Path,
        kind: Kind,
        namespace: str,
        values: dict[str, Value],
        places: Mapping[str, Path] = MappingProxyType({}),
    ) -> None:
        """Note a resource with its place in the document, and the places around its options that stand elsewhere."""
        resource = Resource(kind, namespace, values)
        if resource.key in self.resources:
            self.mistakes.append((path, _twice(resource), *self.places(resource.key)))
            return
        self.resources[resource.key] = resource
        self._places[resource.key] = (path, places)


def _wide_first(key: str) -> tuple[bool, int, object]:
    """Sysctls that set others before those: ip_forward and conf.all all links, conf.default those to come."""
    words = path_of(key).split("/")
    scope = next((rank for rank, word in enumerate(("all", "default")) if word in words[3:4]), 2)
    return (words[-1] != "ip_forward", scope, natural(key))


def _has_own_mac(kind: Kind, values: Mapping[str, Value]) -> bool:
    """Whether a link has a MAC address, and one that is not another link's."""
    return not (kind in (CARD, LOOPBACK) or values.get("gpe") or (kind is MACVLAN and values.get("mode") == "passthru"))


def _route(values: dict[str, Value]) -> dict[str, Value]:
    """``default`` as the prefix that it means, which its next hop tells; no metric where it is the usual one; a single
    next hop as the route's own, which the kernel makes of it.
    """
    phrases = ROUTE.table["nexthops"].type
    assert isinstance(phrases, Phrases)  # noqa: S101  the table says so
    hops = phrases.read(values.get("nexthops", ""))
    if len(hops) == 1 and not values.keys() & {*hops[0], "nhid"}:
        only = {name: value for name, value in hops[0].items() if name != "weight"}
        values = {**{name: value for name, value in values.items() if name != "nexthops"}, **only}
    if values["to"] == "default":
        is_v6 = any(":" in str(values.get(name, "")) for name in ("via", "src", "nexthops"))
        values = {**values, "to": "::/0" if is_v6 else "0.0.0.0/0"}
    usual = IP6_METRIC if ":" in str(values["to"]) else 0
    return {name: value for name, value in values.items() if name != "metric" or value != usual}


def _nexthop(values: dict[str, Value]) -> dict[str, Value]:
    """A nexthop whose address says of which family it is."""
    told = "inet6" if ":" in str(values.get("via", "")) else "inet"
    by_address = values.get("via") is not None and values.get("family") == told
    return {name: value for name, value in values.items() if name != "family" or not by_address}


def _rule(values: dict[str, Value]) -> dict[str, Value]:
    """A rule whose prefixes say of which family it is; `default` and all addresses are no condition."""
    prefixes = {name: str(values[name]) for name in ("from", "to") if name in values}
    family = {"family": "inet6"} if any(":" in prefix for prefix in prefixes.values()) else {}
    everything = [name for name, prefix in prefixes.items() if prefix in ("default", "0.0.0.0/0", "::/0")]
    return {name: value for name, value in {**values, **family}.items() if name not in everything}


def _twice(resource: Resource) -> str:
    if resource.kind.family is Family.ADDRESS:
        return f"{resource.get('address')} is a duplicate address: {resource.name} has it already"
    return f"this {resource.kind.name.replace('_', ' ')} stands here twice"
