"""Labs that span machines: what is where, and each mistake at its place."""

import pytest

from vxlab.plan import plan
from vxlab.state.kinds import CARD
from vxlab.state.model import NetworkState
from vxlab.state.owned import is_machine, machine_namespace_of, namespace_of, node_of
from vxlab.topology import MachineError, TopologyError, loads

REAL = """\
name: two
underlay: {kind: real, subnet: 192.168.56.0/24}
segments:
  blue: {vni: 42, mode: replicate, subnet: 10.20.0.0/24}
vteps:
  vtep1: {machine: a, card: eth1, address: 192.168.56.11}
  vtep2: {machine: b, card: eth1, address: 192.168.56.12}
hosts:
  h1: {vtep: vtep1}
  h2: {vtep: vtep2}
"""
BY_HAND = """\
name: hand
nodes:
  me:
    machine: a
    namespace: root
    links:
      eth1: {addresses: [192.0.2.1/24]}
      br0: {kind: bridge}
  n: {machine: a}
  far: {machine: b}
links:
  - [me:p0, n:eth0]
"""


def mistakes(text: str) -> list[str]:
    with pytest.raises(TopologyError) as caught:
        loads(text, "F")
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (", card: eth1, address: 192.168.56.11", "", "F:6:3: card is missing: with kind real it says the network card"),
        ("machine: b, ", "", "F:7:3: machine is missing: with kind real it says which machine the VTEP is"),
        (", subnet: 192.168.56.0/24", "", "F:2:1: subnet is missing: with kind real it is that of the network"),
        ("machine: b", "machine: a", "F:7:11: vtep1 is machine a itself already: its namespace is one node"),
        ("kind: real", "kind: switch", "F:6:23: with kind switch the underlay is made, and needs no network card"),
        ("10.20.0.0/24}", "10.20.0.0/24, gateway: true}", "F:4:58: with kind real there is no gateway"),
        ("192.168.56.12}", "192.168.56.12, internet: true}", "F:7:59: with kind real there is no stub of the internet"),
        ("192.168.56.12}", '192.168.56.12, mac: "02:00:00:00:00:07"}', "with kind real a network card has its own"),
        ("card: eth1, address: 192.168.56.11", "card: eth/1", "'eth/1' is not an interface name"),
        ("machine: a", "machine: a b", "'a b' is not a name"),
        ("56.0/24}", "56.0/24, delay: 5ms}", "F:2:49: with kind real there is no cable: say it of a link of the VTEP"),
        ("192.168.56.12}", "192.168.56.12, loss: 1%}", "F:7:59: with kind real there is no cable"),
        ("vteps:", "tenants: {x: {vni: 99}}\nvteps:", "F:5:11: with kind real there are no tenants"),
    ],
)  # fmt: skip
def test_mistakes_about_machines(old: str, new: str, told: str) -> None:
    assert old in REAL
    assert any(told in one for one in mistakes(REAL.replace(old, new))), mistakes(REAL.replace(old, new))


def test_a_made_underlay_is_on_one_machine() -> None:
    text = REAL.replace("kind: real", "kind: switch").replace(", card: eth1", "")
    (told,) = [one for one in mistakes(text) if "between machines" in one]
    assert told == (
        "F:7:11: vtep2 is on machine b and vtep1 on a: between machines is a real network (kind: real), "
        "and a switch is on one of them; see lines 2, 6"
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("n: {machine: a}", "n: {}", "F:9:3: machine is missing: far is on machine b, so where is n?; see line 10"),
        ("    machine: a\n", "", "F:3:3: machine is missing: far is on machine b, so where is me?; see line 9"),
        ("n:eth0", "far:eth0", "F:12:13: far is on machine b and me on a: no cable leads from one to the other"),
        ("far: {machine: b}", "far: {joins: n, machine: a}", "F:10:19: far is where n is, which it joins: leave"),
        ("n: {machine: a}", "n: {machine: a, namespace: root}", "F:9:7: me is machine a itself already"),
        ("namespace: root", "namespace: roof", "F:5:16: 'roof' is not one of own, root"),
        ("br0: {", "lo: {}\n      br0: {", "F:8:7: the node is the machine itself, and lo is not the lab's"),
        ("{addresses: [192.0.2.1/24]}", "{mac: '02:00:00:00:00:01'}", "F:7:14: eth1 is a network card of the machine"),
        ("    links:", "    sysctls: {net.ipv4.ip_forward: 1}\n    links:", "net.ipv4.ip_forward is a setting of all"),
        ("    links:", "    routes: [{to: 10.0.0.0/8, via: 192.0.2.2}]\n    links:", "say the link of the route"),
        ("    links:", "    routes: [{to: 10.0.0.0/8, link: eth1}]\n    links:", "it gets addresses, and no route"),
        ("    links:", "    rules: [{priority: 7, table: 7}]\n    links:", "a rule is for all that the machine sends"),
        ("    links:", "    processes: {web: [sleep, '9']}\n    links:", "its processes are not the lab's"),
        ("br0: {kind: bridge}", "br0: {kind: bridge, link_group: 9}", "vxlab knows br0 by its link_group"),
        ("192.0.2.1/24]", "{address: 192.0.2.1/24, protocol: 9}]", "vxlab knows 192.0.2.1/24 by its protocol"),
    ],
)  # fmt: skip
def test_mistakes_of_nodes_that_are_machines(old: str, new: str, told: str) -> None:
    assert old in BY_HAND
    assert any(told in one for one in mistakes(BY_HAND.replace(old, new))), mistakes(BY_HAND.replace(old, new))


def test_a_part_is_what_lives_on_a_machine() -> None:
    whole = loads(REAL)
    assert whole.machines == ("a", "b")
    part = whole.part("a")
    assert part.nodes == ("h1", "vtep1") and part.state.namespaces == ("two-h1", "two-vtep1@a")
    assert part.far.namespaces == ("two-h2", "two-vtep2@b")
    assert {*part.state.resources} | {*part.far.resources} == {*whole.state.resources}
    for wrong in (None, "c"):
        with pytest.raises(MachineError):
            whole.part(wrong)
    with pytest.raises(MachineError):
        loads("nodes: {n: {}}", default_name="x").part("a")


def test_the_expanded_form_says_the_same() -> None:
    import yaml

    whole = loads(REAL)
    again = loads(yaml.safe_dump(whole.document))
    assert again.state == whole.state and again.machines == whole.machines


def test_no_plan_makes_or_removes_a_card() -> None:
    part = loads(BY_HAND).part("a").state
    steps = [*plan(NetworkState(), part), *plan(part, NetworkState())]
    assert steps and not [step for step in steps if step.resource.kind is CARD]


def test_what_is_on_a_machine_does_not_go_with_its_name() -> None:
    part = loads(BY_HAND).part("a").state
    gone = [(step.namespace, step.describe()) for step in plan(part, NetworkState())]
    assert [what for where, what in gone if is_machine(where)][-1] == "take away the machine's own namespace the name"
    assert ("hand-me@a", "delete bridge br0 (not in the file)") in gone


def test_no_node_can_be_called_like_a_machine() -> None:
    name = machine_namespace_of("lab", "node", "a")
    assert is_machine(name) and not is_machine(namespace_of("lab", "node"))
    assert node_of("lab", name) == node_of("lab", namespace_of("lab", "node")) == "node"
    assert "is not a name" in mistakes("name: lab\nnodes: {node@a: {}}")[0]
