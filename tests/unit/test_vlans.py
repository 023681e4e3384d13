"""VLANs and VNIs in files: what they mean, what is wrong, and how a plan mends runs of them."""

import pytest

from vxlab.plan import plan
from vxlab.state.kind import Family
from vxlab.state.kinds import BRIDGE_VLAN, VLAN_TUNNEL
from vxlab.state.model import NetworkState, Resource
from vxlab.state.vlans import mappings
from vxlab.topology import TopologyError, loads

GOOD = """\
name: lab
segments:
  blue: {vni: 100, mode: replicate, subnet: 10.1.0.0/24}
  red: {vni: 200, mode: replicate, subnet: 10.2.0.0/24}
vteps:
  vtep1: {vlans: {10: blue, 20: red}}
  vtep2: {vlans: {110: blue}, style: single-device}
hosts:
  h1: {vtep: vtep1, trunk: [blue, red]}
  h2: {vtep: vtep2, segment: blue}
"""

MISTAKES = [
    ("{10: blue,", "{0: blue,", "6:19: '0' is not a VLAN: a number from 1 to 4094 (0 and 4095 are reserved by IEEE 802.1Q)"),
    ("{10: blue,", "{4095: blue,", "6:19: '4095' is not a VLAN: a number from 1 to 4094 (0 and 4095 are reserved by IEEE 802.1Q)"),
    ("20: red}", "10: red}", "6:29: 10 stands here twice: the first one is in line 6"),
    ("20: red}", '"[9-10]": "red[1-2]"}', "6:29: 10 stands here twice: by itself and as one of a range, or in two ranges"),
    ("20: red}", "20: red, 30: red}", "6:38: segment red (VNI 200) is VLAN 20 of vtep1 already: a VNI has one VLAN"),
    ("trunk: [blue, red]", "trunk: []", "9:21: a trunk without tags is none: name its segments, such as [blue], or leave trunk out"),
    ("vtep1: {vlans: {10: blue, 20: red}}", "vtep1: {}", "9:21: vtep1 has no VLANs, and so a trunk has no tags: say vlans: {10: blue} of it; see line 6"),
    ("segment: blue}", "segment: red}", "10:21: vtep2 has no VLAN for segment red: name it in its vlans; see line 7"),
    ("20: red}", "20: green}", "6:29: there is no segment green; there is blue, red"),
    ("trunk: [blue, red]", "trunk: [blue, blue]", "9:35: segment blue stands here twice"),
    ("vlans: {10: blue, 20: red}", "style: single-device", "6:11: style says how VLANs are mapped to VNIs, and there are none: say vlans: {10: blue}"),
    ("vni: 100, mode: replicate", "vni: 100, mode: static-l3", "7:31: segment blue has its VTEPs answer ARP and ND, which a single device cannot do for several VNIs: use style device-per-vni; see line 3"),
    ("vni: 100,", "vni: 100, gateway: true,", "6:19: segment blue has a gateway, which needs a bridge of its own: a VTEP with vlans has one for all; see line 3"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), MISTAKES, ids=[new for _, new, _ in MISTAKES])
def test_each_mistake_is_told_where_it_is(old: str, new: str, message: str) -> None:
    assert GOOD.count(old) and loads(GOOD)
    with pytest.raises(TopologyError) as told:
        loads(GOOD.replace(old, new, 1), "lab.yaml")
    assert f"lab.yaml:{message}" in str(told.value).splitlines()


@pytest.mark.parametrize("vlans", ["{10: {20: blue}}", '{"10.20": blue}'])
def test_a_vlan_inside_a_vlan_is_refused(vlans: str) -> None:
    with pytest.raises(TopologyError, match="QinQ"):
        loads(GOOD.replace("{10: blue, 20: red}", vlans))


def test_the_tag_is_local_and_the_vni_is_not() -> None:
    found = {(one.namespace, one.link, one.vlan, one.vni) for one in mappings(loads(GOOD).state)}
    assert found == {
        ("lab-vtep1", "vxlan100", 10, 100),
        ("lab-vtep1", "vxlan200", 20, 200),
        ("lab-vtep2", "vxlan0", 110, 100),
    }


def test_thousands_of_mappings_are_a_few_resources() -> None:
    lab = GOOD.replace("red: {vni: 200,", '"t[1-3000]": {vni: "[1001-4000]", group: 239.1.1.1,').replace(
        "mode: replicate, subnet: 10.2.0.0/24", "subnet: 10.2.0.0/24"
    )
    lab = lab.replace("{10: blue, 20: red}", '{"[11-3010]": "t[1-3000]"}, style: single-device')
    state = loads(lab.replace("h1: {vtep: vtep1, trunk: [blue, red]}", "h1: {vtep: vtep1, segment: t1}")).state
    for family in (Family.BRIDGE_VLAN, Family.VLAN_TUNNEL, Family.VNI):
        assert len([one for one in state.inside("lab-vtep1", family) if one.name == "vxlan0"]) == 1


def mapped(*runs: tuple[str, str]) -> NetworkState:
    """A port with VLANs and their VNIs."""
    base = [one for one in loads(GOOD).state if one.kind not in (BRIDGE_VLAN, VLAN_TUNNEL)]
    vlans = [Resource(BRIDGE_VLAN, "lab-vtep2", {"link": "vxlan0", "vid": vid}) for vid, _ in runs]
    ids = [Resource(VLAN_TUNNEL, "lab-vtep2", {"link": "vxlan0", "vid": vid, "id": number}) for vid, number in runs]
    return NetworkState.of([*base, *vlans, *ids])


@pytest.mark.parametrize(
    ("there", "wanted", "steps"),
    [
        ([("10-20", "110-120")], [("10-14", "110-114"), ("15-20", "115-120")], []),
        (
            [("10-14", "110-114"), ("16-20", "116-120")],
            [("10-20", "110-120")],
            ["create bridge vlan 15 on vxlan0", "create vlan tunnel 15 on vxlan0 id=115"],
        ),
        (
            [("5-30", "105-130")],
            [("10-20", "110-120")],
            [
                "delete vlan tunnel 21-30 on vxlan0 (not in the file)",
                "delete vlan tunnel 5-9 on vxlan0 (not in the file)",
                "delete bridge vlan 21-30 on vxlan0 (not in the file)",
                "delete bridge vlan 5-9 on vxlan0 (not in the file)",
            ],
        ),
        (
            [("10", "110")],
            [("10", "111")],
            [
                "delete vlan tunnel 10 on vxlan0 (id cannot be changed in place)",
                "create vlan tunnel 10 on vxlan0 id=111",
            ],
        ),
    ],
)
def test_a_plan_mends_what_differs_of_a_run_alone(
    there: list[tuple[str, str]], wanted: list[tuple[str, str]], steps: list[str]
) -> None:
    assert [step.describe() for step in plan(mapped(*there), mapped(*wanted))] == steps
