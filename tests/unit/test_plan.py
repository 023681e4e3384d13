"""Plans: empty where nothing differs, ordered so that each step finds what it needs, and complete."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vxlab.commands import command_line
from vxlab.plan import Action, Plan, plan
from vxlab.state.kind import Family
from vxlab.state.kinds import BRIDGE, VXLAN
from vxlab.state.model import NetworkState, Resource, link_key
from vxlab.topology import load, loads

TWO = """
name: two
segments: {blue: {vni: 42}}
vteps: {v1: {}, v2: {}}
hosts: {h1: {vtep: v1}, h2: {vtep: v2}}
"""
FAR_END = """
name: far
nodes:
  a: {neighbours: [{link: eth0, address: 192.0.2.9, SAID}]}
  b: {}
links: [[a:eth0, b:eth0]]
"""
NOTHING = NetworkState()


def commands(steps: Plan) -> list[str]:
    return [command_line(step) for step in steps]


def check_order(steps: Plan, before: NetworkState) -> None:
    """Every link that a step names exists when the step comes."""
    there = {resource.key for resource in before}
    for step in steps:
        resource = step.resource
        if step.action is Action.DELETE:
            there.discard(resource.key)
            continue
        if resource.kind.family is not Family.NAMESPACE:
            assert (Family.NAMESPACE, step.namespace, ()) in there
        for _, name in resource.references() if step.action is Action.CREATE else ():
            assert name == "lo" or link_key(step.namespace, name) in there, (step.describe(), name)
        if step.action is Action.CHANGE and resource.kind.family is Family.LINK and resource.name != "lo":
            assert resource.key in there
        there.add(resource.key)
        if step.peer:
            assert (Family.NAMESPACE, step.peer.namespace, ()) in there
            there.add(step.peer.key)


def test_library_plans_are_in_order(library_file) -> None:
    state = load(library_file).state
    steps = plan(NOTHING, state)
    check_order(steps, NOTHING)
    assert len(plan(state, state)) == 0
    assert commands(plan(state, NOTHING)) == [f"ip netns del {name}" for name in state.namespaces]


def test_bridge_ports_are_raised_last() -> None:
    lines = commands(plan(NOTHING, loads(TWO).state))
    raised = [line.split()[-2] for line in lines if line.endswith(" up")]
    ports = {"v1", "v2", "h1", "h2", "vxlan42"}
    assert raised and all(name in ports for name in raised[-6:])
    assert not ports & set(raised[:-6])


@pytest.mark.parametrize("said", ["state: noarp", "state: stale", "proxy: true", "managed: true", "state: permanent"])
def test_what_is_forgotten_without_a_carrier_waits_for_the_other_end(said: str) -> None:
    mac = "" if said in ("proxy: true", "managed: true") else "mac: '02:00:00:00:00:09', "
    lines = commands(plan(NOTHING, loads(FAR_END.replace("SAID", mac + said)).state))
    (made,) = (index for index, line in enumerate(lines) if " neigh " in line)
    (raised,) = (index for index, line in enumerate(lines) if line == "ip -n far-b link set dev eth0 up")
    assert (made < raised) == (said == "state: permanent")


def test_a_cable_is_made_once_by_its_port_end() -> None:
    lines = [line for line in commands(plan(NOTHING, loads(TWO).state)) if "type veth" in line]
    assert len(lines) == 4
    assert all(" master " in line for line in lines)


def replaced(state: NetworkState, namespace: str, name: str, **values) -> NetworkState:
    return NetworkState.of(r.with_values(**values) if r.key == link_key(namespace, name) else r for r in state)


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ({"learning": False}, ["ip -n two-v1 link set dev vxlan42 type vxlan learning"]),
        ({"ttl": 9}, ["ip -n two-v1 link set dev vxlan42 type vxlan ttl auto"]),
        ({"mtu": 1400}, ["ip -n two-v1 link set dev vxlan42 mtu 1450"]),
        ({"master": ""}, ["ip -n two-v1 link set dev vxlan42 master br42"]),
        ({"up": False}, ["ip -n two-v1 link set dev vxlan42 up"]),
        (
            {"mtu": 1400, "up": False},
            ["ip -n two-v1 link set dev vxlan42 mtu 1450", "ip -n two-v1 link set dev vxlan42 up"],
        ),
    ],
)
def test_what_differs_is_changed_in_place(values: dict, wanted: list[str]) -> None:
    desired = loads(TWO).state
    assert commands(plan(replaced(desired, "two-v1", "vxlan42", **values), desired)) == wanted


def test_what_is_fixed_is_replaced_and_the_plan_says_so() -> None:
    desired = loads(TWO).state
    steps = plan(replaced(desired, "two-v1", "vxlan42", vni=43), desired)
    assert steps.steps[0].describe() == "delete vxlan vxlan42 (vni cannot be changed in place)"
    assert commands(steps)[0] == "ip -n two-v1 link del dev vxlan42"
    assert commands(steps)[-1] == "ip -n two-v1 link set dev vxlan42 up"
    assert len(steps) == 3


def test_a_link_of_another_kind_is_replaced_with_all_that_was_on_it() -> None:
    desired = loads(TWO).state
    other = Resource(VXLAN, "two-v1", {"name": "br42", "vni": 1})
    actual = NetworkState.of(other if r.key == other.key else r for r in desired)
    lines = commands(plan(actual, desired))
    assert lines[0] == "ip -n two-v1 link del dev br42"
    assert any(line.startswith("ip -n two-v1 link add name br42") for line in lines)
    assert "ip -n two-v1 link set dev h1 master br42" in lines


def test_a_lost_cable_comes_back_with_the_addresses_on_it() -> None:
    desired = loads(TWO).state
    gone = {link_key("two-h1", "eth0"), link_key("two-v1", "h1")}
    actual = NetworkState.of(
        r for r in desired if r.key not in gone and not (r.namespace == "two-h1" and r.name == "eth0")
    )
    lines = commands(plan(actual, desired))
    assert "ip -n two-h1 addr add 10.0.0.1/16 dev eth0" in lines
    assert sum("link add" in line for line in lines) == 1


def test_what_is_not_in_the_file_goes_unless_it_came_by_itself() -> None:
    desired = loads(TWO).state
    extra = Resource(BRIDGE, "two-v1", {"name": "extra"})
    own = Resource(BRIDGE, "two-v1", {"name": "tunl0"}, automatic=True)
    elsewhere = Resource(BRIDGE, "other", {"name": "extra"})
    actual = NetworkState.of([*desired, extra, own, elsewhere])
    assert commands(plan(actual, desired)) == ["ip -n two-v1 link del dev extra"]


@given(seed=st.integers(), share=st.floats(0, 1))
@settings(max_examples=150, deadline=None)
def test_any_part_of_a_lab_is_completed_in_order(seed: int, share: float) -> None:
    """From any subset that can exist, the plan makes the rest, each step after what it needs."""
    desired = loads(TWO).state
    pick = random.Random(seed)  # noqa: S311  a test's choice
    kept = {r.key for r in desired if pick.random() < share}
    kept |= {r.key for r in desired if r.kind.family is Family.NAMESPACE or r.name == "lo"}

    def possible(r: Resource) -> bool:
        if r.key not in kept or any(link_key(r.namespace, name) not in kept for _, name in r.references()):
            return False
        peer = str(r.get("peer")).partition(":")
        return not r.values.get("peer") or link_key(peer[0], peer[2]) in kept

    actual = NetworkState.of(desired)
    while len(smaller := NetworkState.of(r for r in actual if possible(r))) < len(actual):
        kept = {r.key for r in smaller}
        actual = smaller
    steps = plan(actual, desired)
    check_order(steps, actual)
    made = {r.key for step in steps if step.action is Action.CREATE for r in (step.resource, step.peer) if r}
    missing = {r.key for r in desired if r.key not in actual and r.kind.family is not Family.BRIDGE_PORT}
    assert made == missing


def test_both_ends_of_a_cable_get_all_that_is_said_of_them() -> None:
    text = """
nodes: {a: {}, b: {}}
links:
  - a:e0: {alias: one, arp: false}
    b:e0: {alias: two, arp: false, mtu: 9000}
"""
    steps = plan(NetworkState(), loads(text, default_name="x").state)
    said = {(step.namespace, *item) for step in steps if step.resource.name == "e0" for item in step.values}
    assert {("x-a", "alias", "one"), ("x-b", "alias", "two"), ("x-a", "arp", False), ("x-b", "arp", False)} <= said
    created = [dict(step.values) for step in steps if step.action is Action.CREATE and step.resource.name == "e0"]
    assert created and all("alias" not in values for values in created)


def test_what_is_set_of_a_link_is_set_again_when_it_is_replaced() -> None:
    text = "nodes: {a: {links: {x: {kind: %s}}, sysctls: {net.ipv4.conf.x.forwarding: 1, net.ipv4.ip_forward: 1}}}"
    steps = plan(loads(text % "bridge", default_name="x").state, loads(text % "vxlan, vni: 5", default_name="x").state)
    lines = commands(steps)
    assert "ip netns exec x-a sysctl -qw net.ipv4.conf.x.forwarding=1" in lines
    assert not any("ip_forward" in line for line in lines)


def test_what_a_sysctl_of_all_links_overwrites_is_set_again() -> None:
    text = (
        "nodes: {a: {sysctls: {net.ipv6.conf.lo.disable_ipv6: 0, net.ipv6.conf.all.disable_ipv6: %d, "
        "net.ipv4.ip_forward: %d, net.ipv4.conf.lo.forwarding: 1, net.ipv4.conf.lo.rp_filter: 0}}}"
    )
    one, other = (loads(text % values, default_name="x").state for values in ((0, 0), (1, 1)))
    front = "ip netns exec x-a sysctl -qw "
    assert [line.removeprefix(front) for line in commands(plan(one, other))] == [
        "net.ipv4.ip_forward=1", "net.ipv6.conf.all.disable_ipv6=1",
        "net.ipv4.conf.lo.forwarding=1", "net.ipv6.conf.lo.disable_ipv6=0",
    ]  # fmt: skip
    assert len(plan(other, other)) == 0


LOST = """\
nodes:
  a:
    links: {e0: {%s, addresses: [{address: 203.0.113.1/24, scope: %s}, "2001:db8:3::1/64"]}}
    routes: [{to: 10.2.0.0/16, via: 203.0.113.9, src: 203.0.113.1}, {to: 10.3.0.0/16, nhid: 7}]
    nexthops: [{id: 5, via: 203.0.113.2, link: e0}, {id: 7, group: 5, type: resilient, buckets: %d}]
    neighbours:
      - {link: e0, address: 203.0.113.9, mac: "02:00:00:00:00:02"}
      - {link: e0, address: 203.0.113.8, proxy: true}
  b: {}
links: [["a:e0", "b:e0"]]
"""
NEIGHBOUR_AGAIN = "ip -n x-a neigh replace 203.0.113.9 lladdr 02:00:00:00:00:02 dev e0"
ROUTE_AGAIN = "ip -n x-a route replace 10.2.0.0/16 via 203.0.113.9 src 203.0.113.1"


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (("mtu: 1500", "global", 8), []),
        (('mac: "02:00:00:00:00:01"', "global", 8), [NEIGHBOUR_AGAIN]),
        (("up: false", "global", 8), ["ip -n x-a addr replace 2001:db8:3::1/64 dev e0", NEIGHBOUR_AGAIN]),
        (("mtu: 1500", "link", 8), [ROUTE_AGAIN, NEIGHBOUR_AGAIN]),
        (("mtu: 1500", "global", 16), ["ip -n x-a route add 10.3.0.0/16 nhid 7"]),
    ],
)  # fmt: skip
def test_what_the_kernel_drops_with_a_change_is_said_again(values: tuple, wanted: list[str]) -> None:
    one, other = (loads(LOST % some, default_name="x").state for some in (("mtu: 1500", "global", 8), values))
    lines = commands(plan(one, other))
    again = [line for line in lines if "neigh" in line or " route " in line or "addr replace" in line]
    assert sorted(again) == sorted(wanted)
    # Whatever it says again stands behind what drops it.
    drops = [at for at, line in enumerate(lines) if " del " in line or "link set dev e0" in line]
    assert all(lines.index(line) > max(drops) for line in wanted)


def test_a_wished_entry_takes_the_place_of_a_learned_one() -> None:
    text = 'nodes: {a: {links: {vx0: {kind: vxlan, vni: 5}}, fdb: [{link: vx0, mac: "%s", dst: 192.0.2.%d}]}}'
    mac = "02:00:00:00:00:09"
    wanted = loads(text % (mac, 1), default_name="x").state
    (entry,) = wanted.family(Family.FDB)
    for dst in ("192.0.2.1", "192.0.2.2"):
        learned = Resource(
            entry.kind, entry.namespace, {**entry.values, "dst": dst, "state": "dynamic"}, automatic=True
        )
        have = NetworkState.of([*(r for r in wanted if r is not entry), learned])
        assert commands(plan(have, wanted)) == [f"bridge -n x-a fdb replace {mac} dev vx0 dst 192.0.2.1"]
    # The default destination has several places, and nobody's is taken.
    several = loads(text % ("00:00:00:00:00:00", 2), default_name="x").state
    assert commands(plan(wanted, several))[-1].split()[3:5] == ["fdb", "append"]
