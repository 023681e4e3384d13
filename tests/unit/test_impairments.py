"""Impairments: quantities as tc has them, where they go, and what is told of wrong ones."""

from decimal import Decimal

import pytest

from vxlab.commands import command
from vxlab.packets.capture import Capture
from vxlab.plan import plan
from vxlab.state.kind import Family
from vxlab.state.kinds import QDISC
from vxlab.state.model import NetworkState, Resource
from vxlab.state.types import Duration, Percent, Rate, Type, Value
from vxlab.topology import TopologyError, loads
from vxlab.verify.impaired import Impaired

LAB = """\
name: lab
underlay: {subnet: 192.168.8.0/24}
segments: {blue: {vni: 42, mode: replicate}}
vteps:
  vtep1: {}
  vtep2: {}
hosts:
  h1: {vtep: vtep1}
  h2: {vtep: vtep2}
"""


def said(text: str) -> dict[str, dict[str, Value]]:
    """The impaired links of a lab by NODE:LINK."""
    found = (qdisc for qdisc in loads(text).state.family(Family.QDISC))
    hidden = ("link", "discipline")
    return {
        f"{q.namespace.removeprefix('lab-')}:{q.name}": {n: v for n, v in q.values.items() if n not in hidden}
        for q in found
    }


@pytest.mark.parametrize(
    ("kind", "written", "canonical", "sent"),
    [
        (Duration(), "10ms", "10ms", 10_000_000),
        (Duration(), "0.01 sec", "10ms", 10_000_000),
        (Duration(), "1500us", "1500us", 1_500_000),
        (Duration(), "1.5s", "1500ms", 1_500_000_000),
        (Duration(), "0MS", "0s", 0),
        (Percent(), "5%", "5%", round(0.05 * (2**32 - 1))),
        (Percent(), 100, "100%", 2**32 - 1),
        (Percent(), "0.10 %", "0.1%", round(0.001 * (2**32 - 1))),
        (Percent(), "0.000001", "0.000001%", 43),
        (Rate(), "10Mbit", "10mbit", 1_250_000),
        (Rate(), "1.5gbit", "1500mbit", 187_500_000),
        (Rate(), "8bit", "8bit", 1),
        (Rate(), "0bit", "0bit", 0),
    ],
)
def test_quantities_have_one_form_and_come_back(kind: Type, written: object, canonical: str, sent: int) -> None:
    value = kind.parse(written)
    assert (value, kind.to_netlink(value)) == (canonical, sent)
    assert kind.from_netlink(sent) == canonical
    assert kind.parse(value) == value


def test_every_share_that_can_be_written_survives_the_kernel() -> None:
    kind = Percent()
    for millionths in (1, 7, 999_999, 33_333_333, 99_999_999):
        value = kind.parse(f"{Decimal(millionths) / 10**6:f}")
        assert kind.from_netlink(kind.to_netlink(value)) == value


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [
        *((Duration(), wrong) for wrong in (10, "10", "ms", "-1ms", "61s", "0.1ns", "1e3ms", "10 parsecs", True, None)),
        *((Percent(), wrong) for wrong in (101, -1, "100.1", "5%%", "five", "1e1", True, None)),
        *((Rate(), wrong) for wrong in (10, "10", "1bit", "9bit", "10mb", "1001gbit", "-1mbit", None)),
    ],
)
def test_what_is_no_quantity_is_refused(kind: Type, wrong: object) -> None:
    with pytest.raises(ValueError, match="is not a"):
        kind.parse(wrong)


def test_a_rate_too_large_for_the_structure_has_an_attribute_of_its_own() -> None:
    kind = Rate()
    assert kind.attributes("R", "1gbit") == [("R", {"rate": 125_000_000})]
    assert kind.attributes("R", "40gbit") == [("R", {"rate": 2**32 - 1}), ("R64", 5_000_000_000)]
    assert kind.gather("R", {"R": {"rate": 2**32 - 1}, "R64": 5_000_000_000}.get) == 5_000_000_000
    assert kind.gather("R", {"R": {"rate": 7}}.get) == 7


def test_the_underlay_impairs_both_ends_of_each_cable() -> None:
    everywhere = said(LAB.replace("underlay: {", "underlay: {delay: 5ms, "))
    assert set(everywhere) == {"underlay:vtep1", "vtep1:eth0", "underlay:vtep2", "vtep2:eth0"}
    assert {tuple(values.items()) for values in everywhere.values()} == {(("delay", "5ms"),)}


def test_a_vtep_and_a_host_impair_their_own_cable() -> None:
    text = LAB.replace("underlay: {", "underlay: {delay: 5ms, jitter: 1ms, ").replace(
        "vtep2: {}", "vtep2: {delay: 20ms, loss: 2}"
    )
    found = said(text.replace("h1: {", "h1: {rate: 1mbit, "))
    assert found["vtep2:eth0"] == found["underlay:vtep2"] == {"delay": "20ms", "jitter": "1ms", "loss": "2%"}
    assert found["vtep1:eth0"] == {"delay": "5ms", "jitter": "1ms"}
    assert found["h1:eth0"] == found["vtep1:h1"] == {"rate": "1mbit"}
    assert "h2:eth0" not in found


def test_what_is_not_impaired_has_no_discipline() -> None:
    text = LAB.replace("underlay: {", "underlay: {delay: 5ms, ").replace("vtep2: {}", "vtep2: {delay: 0s}")
    assert set(said(text)) == {"underlay:vtep1", "vtep1:eth0"}


@pytest.mark.parametrize("kind", ["mesh", "routed"])
def test_other_underlays_too(kind: str) -> None:
    found = said(LAB.replace("underlay: {", f"underlay: {{kind: {kind}, delay: 5ms, "))
    assert len(found) == {"mesh": 2, "routed": 8}[kind]


MISTAKES = [
    ("underlay: {", "underlay: {delay: 10, ", "2:19: 10 is not a time with its unit such as 10ms"),
    ("underlay: {", "underlay: {loss: 101%, ", "2:18: '101%' is not a share such as 5%"),
    ("underlay: {", "underlay: {rate: 10mb, ", "2:18: '10mb' is not a rate with its unit such as 10mbit"),
    ("vtep2: {}", "vtep2: {delay: 1ms, jitter: 2ms}", "6:23: a jitter needs a delay that is as long, and here that is 1ms"),
    ("h1: {", "h1: {jitter: 2ms, ", "8:8: a jitter needs a delay that is as long, and here that is 0s"),
    ("  h1:", "  h1: {vtep: vtep1, links: {eth0: {delay: 2ms}}, delay: 1ms}\n  h3:", "8:36: eth0 has two different values of delay: 1ms at its cable, 2ms here"),
    ("vtep2: {}", "vtep2: {delya: 1ms}", "6:11: 'delya' is not a key here; did you mean delay?"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "told"), MISTAKES, ids=[told for *_, told in MISTAKES])
def test_mistakes_are_told_where_they_are(old: str, new: str, told: str) -> None:
    with pytest.raises(TopologyError) as raised:
        loads(LAB.replace(old, new, 1))
    assert told in str(raised.value)


def test_two_vteps_of_a_mesh_cannot_say_two_things_of_one_cable() -> None:
    text = LAB.replace("underlay: {", "underlay: {kind: mesh, ").replace("vtep1: {}", "vtep1: {delay: 1ms}")
    assert said(text)["vtep2:vtep1"] == {"delay": "1ms"}
    with pytest.raises(TopologyError, match="6:11: the cable to vtep1 cannot have delay 2ms and 1ms"):
        loads(text.replace("vtep2: {}", "vtep2: {delay: 2ms}"))


def state(**values: Value) -> NetworkState:
    """A node with a link that is impaired in this way; not at all without values."""
    link = Resource(QDISC, "x-a", {"link": "lo", "discipline": "netem", **values})
    return NetworkState.of([*loads("name: x\nnodes: {a: {}}").state, *([link] if values else [])])


def lines(one: NetworkState, other: NetworkState) -> list[str]:
    return [" ".join(command(step)) for step in plan(one, other)]


def test_commands() -> None:
    none, some = state(), state(delay="10ms", jitter="2ms", loss="5%", rate="10mbit")
    told = "dev lo root netem delay 10ms 2ms loss 5% rate 10mbit"
    assert lines(none, some)[-1] == f"tc -n x-a qdisc add {told}"
    assert lines(some, none) == ["tc -n x-a qdisc del dev lo root"]
    # All is said again, for what is not said of a discipline that is there is nothing.
    changed = state(delay="10ms", jitter="2ms", loss="6%", rate="10mbit")
    assert lines(some, changed) == [f"tc -n x-a qdisc replace {told.replace('5%', '6%')}"]
    # But a rate stays where it is not said.
    without = lines(some, state(delay="10ms"))
    assert without == ["tc -n x-a qdisc del dev lo root", "tc -n x-a qdisc add dev lo root netem delay 10ms"]


def test_the_longest_way_is_the_time_to_wait() -> None:
    text = LAB.replace("underlay: {", "underlay: {delay: 5ms, ").replace(
        "vtep2: {}", "vtep2: {delay: 20ms, rate: 8kbit}"
    )
    impaired = Impaired(loads(text).state, Capture())
    # There and back, over the cable of vtep1 and that of vtep2, which needs a second for 1,000 bytes.
    assert impaired.round_trip("lab-h1", 1000) == pytest.approx(2 * (0.005 + 0.020 + 1))
    assert impaired.round_trip("lab-underlay", 0) == pytest.approx(2 * 0.020)
    assert impaired.one_by_one(500) == 0.5
    assert impaired and not Impaired(loads(LAB).state, Capture())
    # What is on another machine is not asked what it lost; none of these nodes is here.
    assert Impaired(loads(text).state, Capture(), lambda _: False).lost == 0
    with pytest.raises(FileNotFoundError):
        assert impaired.lost
    assert Impaired(loads(LAB).state, Capture()).round_trip("lab-h1", 1000) == 0
