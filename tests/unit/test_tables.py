"""The tables of kinds: complete, known to the netlink messages that carry them, and the core around them pure."""

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from pyroute2.netlink.rtnl.fibmsg import fibmsg
from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg
from pyroute2.netlink.rtnl.ndmsg import ndmsg

from vxlab.kernel.netlink.bridge_vlan import bridge_spec
from vxlab.kernel.netlink.encap import ENCAPS, nh, rtmsg
from vxlab.kernel.netlink.link import ifinfmsg
from vxlab.kernel.netlink.mdb import br_port_msg
from vxlab.kernel.netlink.nexthop import nhmsg
from vxlab.kernel.netlink.qdisc import netem
from vxlab.kernel.netlink.tunnel import tunnel_msg
from vxlab.state.kind import Family, Kind, Option
from vxlab.state.kinds import (
    ADDRESS,
    BRIDGE_PORT,
    BRIDGE_VLAN,
    FDB,
    KINDS,
    LINK_KINDS,
    MDB,
    NAMESPACE,
    NEIGHBOUR,
    NEXTHOP,
    PROCESS,
    QDISC,
    ROUTE,
    RULE,
    SYSCTL,
    VETH,
    VLAN_TUNNEL,
    VNI,
)
from vxlab.state.kinds import bridge_vlan as bridge_vlan_rows
from vxlab.state.kinds import fdb as fdb_rows
from vxlab.state.kinds import link as link_rows
from vxlab.state.kinds import neighbour as neighbour_rows
from vxlab.state.kinds.encap import ENCAP, ENCAP_TYPES
from vxlab.state.kinds.route import NEXT_HOP
from vxlab.state.model import NetworkState, Resource
from vxlab.state.phrase import Phrase, Phrases

TABLES: dict[str, tuple[Kind | Phrase, tuple[Option, ...]]] = {
    **{name: (kind, tuple(kind.table.values())) for name, kind in KINDS.items()},
    "encap": (ENCAP, ENCAP.options),
    "next_hop": (NEXT_HOP, NEXT_HOP.options),
}
ROWS = [
    pytest.param(kind, option, id=f"{name}-{option.name}") for name, (kind, rows) in TABLES.items() for option in rows
]

CARRIERS: dict[Kind | Phrase, tuple[Any, ...]] = {
    BRIDGE_PORT: (ifinfmsg.ifinfo.bridge_slave_data,),
    BRIDGE_VLAN: (bridge_spec,),
    VLAN_TUNNEL: (bridge_spec.tunnel_info,),
    QDISC: (netem,),
    VNI: (tunnel_msg.entry,),
    ADDRESS: (ifaddrmsg,),
    NEXTHOP: (nhmsg,),
    FDB: (ndmsg,),
    ROUTE: (rtmsg,),
    RULE: (fibmsg,),
    NEIGHBOUR: (ndmsg,),
    # What is sent, and what comes back.
    MDB: (br_port_msg.mdbe_attrs, br_port_msg.mdb.entry.info),
    NEXT_HOP: (nh,),
}
"""The message classes that carry the options of a kind, each of them all."""

NESTED = {"RTA_METRICS": rtmsg.metrics, "NHA_RES_GROUP": nhmsg.res_group}
"""The classes of attributes that hold the attributes of options."""

HEADER = {
    ADDRESS: {"link", "scope"},
    FDB: {"link", "master", "self", "state", *fdb_rows.FLAGS},
    MDB: {"link", "port", "group", "vlan", "state"},
    NEIGHBOUR: {"link", "state", *neighbour_rows.FLAGS},
    NEXTHOP: {"family", "onlink", "protocol"},
    ROUTE: {"type", "tos", "protocol", "scope", "onlink"},
    RULE: {"family", "tos", "not", "action"},
    QDISC: {"link", "discipline", "loss"},
    VNI: {"link"},
    BRIDGE_PORT: {"link"},
    BRIDGE_VLAN: {"link", "self", *bridge_vlan_rows.FLAGS},
    VLAN_TUNNEL: {"link"},
    ENCAP: {"type"},
    NEXT_HOP: {"link", "weight", "onlink"},
    # No message at all, or a nested one with the whole other end.
    SYSCTL: {"key", "value"},
    PROCESS: set(PROCESS.table),
    VETH: {"peer", *link_rows.FLAGS},
}
"""The options that the header of the message carries, so that they have no attribute."""


class Linkinfo:
    """Stands for the linkinfo of a link of some kind, so that ``ifinfmsg`` itself says which class its data has."""

    hex = None

    def __init__(self, kind: Kind) -> None:
        self._kind = kind

    def get_attr(self, _: str) -> str:
        return self._kind.name


def carriers(kind: Kind | Phrase, option: Option, nla: str) -> tuple[Any, ...]:
    """The classes in whose table a row's attribute has to be."""
    if kind is ENCAP:
        return (ENCAPS[ENCAP_TYPES["ip6" if "IP6" in nla else "ip"]],)
    if kind in CARRIERS:
        return CARRIERS[kind]
    assert isinstance(kind, Kind) and kind.family is Family.LINK
    return (ifinfmsg,) if option in kind.common else (ifinfmsg.ifinfo.info_data(Linkinfo(kind)),)


def known(message: Any) -> set[str]:
    # A row of a pyroute2 table is (name, type) or (number, name, type).
    return {row[-2] for row in message.nla_map}


def unknown(messages: tuple[Any, ...], nla: str) -> bool:
    # What the kernel tells of an MDB entry has the names of what it is told, with another prefix.
    return not all({nla, nla.replace("MDBE_ATTR_", "MDBA_MDB_EATTR_")} & known(message) for message in messages)


def values(option: Option) -> Iterator[Any]:
    """Canonical values that the table itself names."""
    words = [*getattr(option.type, "names", ()), *getattr(option.type, "numbers", ())]
    for value in (option.default, option.assumed, option.example, option.type.example, *words):
        if value not in (None, ""):
            yield option.type.parse(value)


@pytest.mark.parametrize(("kind", "option"), ROWS)
def test_every_row_is_complete(kind: Kind | Phrase, option: Option) -> None:
    assert option.help and option.help == option.help.strip()
    assert option.name.isidentifier() or option.name in ("not", "from")
    for value in (option.default, option.assumed):
        if value not in (None, ""):
            assert option.type.parse(value) == value
    assert list(values(option)), "no default and no example"
    if option.example is not None:
        option.type.parse(option.example)
    for version in (option.kernel, option.iproute2):
        assert re.fullmatch(r"|[2-9]\.[0-9]+", version)
    if option.required:
        assert option.default in (None, "") and option.assumed is None, "who must say it has no default"


@pytest.mark.parametrize(("kind", "option"), ROWS)
def test_every_attribute_is_in_the_message_that_carries_it(kind: Kind | Phrase, option: Option) -> None:
    if not option.nla:
        header = {*link_rows.FLAGS} if isinstance(kind, Kind) and kind.family is Family.LINK else set()
        assert option.name in HEADER.get(kind, header), "neither an attribute nor in the header"
        assert not option.nla6
        return
    assert option.name not in HEADER.get(kind, ())
    for nla in filter(None, (option.nla, option.nla6)):
        nested = [cls for cls in NESTED.values() if nla in known(cls)]
        assert nested or not unknown(carriers(kind, option, nla), nla)


@pytest.mark.parametrize(("kind", "option"), ROWS)
def test_what_a_value_is_sent_as_is_known_too(kind: Kind | Phrase, option: Option) -> None:
    """Some types send more than one attribute, or one inside another."""
    if not option.nla or isinstance(option.type, Phrase | Phrases):
        return
    for value in values(option):
        for nla, raw in option.type.attributes(option.nla, value):
            assert not unknown(carriers(kind, option, nla), nla)
            if nla in NESTED:
                assert {name for name, _ in raw["attrs"]} <= known(NESTED[nla])


@pytest.mark.parametrize("name", TABLES)
def test_no_word_means_two_options(name: str) -> None:
    rows = TABLES[name][1]
    if name != "next_hop":  # whose other word is its own name, for who writes words
        taken = [*(option.name for option in rows), *(word for option in rows for word in option.also)]
        assert len(taken) == len(set(taken))
    # What all links have stands before `type KIND`, what is the kind's own behind it.
    common = KINDS[name].common if name in KINDS else ()
    for part in (common, [option for option in rows if option not in common]):
        assert len({option.word for option in part if option.word}) == len([option for option in part if option.word])


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_identity_is_made_of_rows(kind: Kind) -> None:
    assert set(kind.identity) <= set(kind.table)
    assert kind.help
    assert kind.identity or kind is NAMESPACE
    assert (kind.family is Family.LINK) == (kind.identity == ("name",))
    assert all(LINK_KINDS[name].name == name for name in LINK_KINDS)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_what_says_which_one_it_is_cannot_be_left_to_the_kernel(kind: Kind) -> None:
    for name in kind.identity:
        option = kind.table[name]
        assert option.required or option.default is not None, f"{name} may be missing, and nothing is meant then"


def test_a_state_survives_json() -> None:
    state = NetworkState.of(
        [Resource(KINDS["namespace"], "a"), Resource(KINDS["vxlan"], "a", {"name": "vx0", "vni": 7, "up": True})]
    )
    assert NetworkState.from_json(state.to_json()) == state


def test_a_state_refuses_two_of_one_key() -> None:
    one = Resource(KINDS["bridge"], "a", {"name": "x"})
    other = Resource(KINDS["vxlan"], "a", {"name": "x", "vni": 1})
    with pytest.raises(ValueError, match="twice"):
        NetworkState.of([one, other])


@pytest.mark.parametrize("package", ["state", "plan", "topology", "commands"])
def test_the_core_is_pure(package: str) -> None:
    code = f"import vxlab.{package}, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pyroute2", "scapy", "typer"} & set(loaded)
