"""The tables of kinds: complete, known to pyroute2, and the core around them pure."""

import subprocess
import sys

import pytest
from pyroute2.netlink.rtnl.ifaddrmsg import ifaddrmsg
from pyroute2.netlink.rtnl.ifinfmsg import ifinfmsg, protinfo_bridge
from pyroute2.netlink.rtnl.ndmsg import ndmsg
from pyroute2.netlink.rtnl.rtmsg import rtmsg

from vxlab.state.kind import Family, Kind, Option
from vxlab.state.kinds import ADDRESS, BRIDGE_PORT, FDB, KINDS, LINK_KINDS, NEIGHBOUR, ROUTE
from vxlab.state.kinds.link import COMMON
from vxlab.state.model import NetworkState, Resource

ROWS = [(kind, option) for kind in KINDS.values() for option in kind.table.values()]
CARRIERS = {ADDRESS: ifaddrmsg, ROUTE: rtmsg, NEIGHBOUR: ndmsg, FDB: ndmsg, BRIDGE_PORT: protinfo_bridge}


def known(message: type) -> set[str]:
    return {row[0] for row in message.nla_map}


def attributes_of(kind: Kind, option: Option) -> set[str]:
    """The netlink attributes that pyroute2 knows where the option is carried."""
    if kind in CARRIERS:
        return known(CARRIERS[kind])
    if option in COMMON:
        return known(ifinfmsg)
    return known(getattr(ifinfmsg.ifinfo, f"{kind.name}_data", None) or ifinfmsg.ifinfo.data_map[kind.name])


@pytest.mark.parametrize(("kind", "option"), ROWS, ids=lambda x: x.name)
def test_every_row_is_complete(kind: Kind, option: Option) -> None:
    assert option.help
    for attribute in filter(None, (option.nla, option.nla6)):
        assert attribute in attributes_of(kind, option)
    if option.default not in (None, ""):
        assert option.type.parse(option.default) == option.default
    if option.assumed is not None:
        assert option.type.parse(option.assumed) == option.assumed


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_identity_is_made_of_rows(kind: Kind) -> None:
    assert set(kind.identity) <= set(kind.table)
    assert (kind.family is Family.LINK) == (kind.identity == ("name",))
    assert all(LINK_KINDS[name].name == name for name in LINK_KINDS)


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
