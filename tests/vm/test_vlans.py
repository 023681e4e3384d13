"""VLANs and VNIs on a kernel that has both: what bridge(8) sees, and what verify says of those that are broken."""

import json
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.kernel.conftest import pings, run, vxlab

TRUNKS, AWARE, SINGLE = (ROOT / f"topologies/{name}.yaml" for name in ("trunk-hosts", "vlan-aware", "single-device"))

pytestmark = pytest.mark.needs("bridge vlan_filtering", "vlan", "vxlan external", "vxlan vnifilter")


def bridge(namespace: str, *words: str) -> Any:
    """What bridge(8) says."""
    return json.loads(run("bridge", "-j", "-n", namespace, *words).stdout)


@pytest.mark.usefixtures("leaves_nothing")
def test_trunks_and_both_styles() -> None:
    vxlab("up", TRUNKS)
    assert bridge("trunk-hosts-vtep2", "vlan", "tunnelshow") == [
        {"ifname": "vxlan0", "tunnels": [{"vlan": 110, "tunid": 100}, {"vlan": 120, "tunid": 200}]}
    ]
    access = {"vlan": 10, "flags": ["PVID", "Egress Untagged"]}
    vlans = {port["ifname"]: port["vlans"] for port in bridge("trunk-hosts-vtep1", "vlan", "show")}
    assert vlans["vxlan100"] == [access] and vlans["h1"] == [{"vlan": 10}, {"vlan": 20}]
    assert all(pings("trunk-hosts-h1", address) for address in ("10.1.0.2", "10.2.0.2", "10.2.0.3"))
    assert "33 of 33 checks hold" in vxlab("verify", "trunk-hosts").stdout
    assert "nothing to do" in vxlab("plan", TRUNKS).stdout


@pytest.mark.usefixtures("leaves_nothing")
@pytest.mark.parametrize(
    ("broken", "check", "cause"),
    [
        (["vlan", "add", "dev", "vxlan100", "vid", "10", "pvid"], "tag taken off", "untagged is false, not true"),
        (["vlan", "del", "dev", "vxlan100", "vid", "10"], "VLAN and VNI", "it lacks bridge vlan 10 on vxlan100"),
    ],
    ids=["tag kept", "no VLAN"],
)
def test_what_is_broken_is_found(broken: list[str], check: str, cause: str) -> None:
    vxlab("up", AWARE)
    run("bridge", "-n", "vlan-aware-vtep1", *broken)
    told = vxlab("verify", "vlan-aware", "--pair", "h1,h3", "--json", status=1)
    failed = {one["name"]: one for proof in json.loads(told.stdout)["proofs"] for one in proof["checks"]}
    assert not failed[check]["passed"]
    assert cause in failed[check]["cause"]["text"]


@pytest.mark.usefixtures("leaves_nothing")
def test_thousands_of_mappings() -> None:
    vxlab("up", SINGLE)
    run_of_all = {"vlan": 10, "vlanEnd": 4009, "tunid": 10010, "tunidEnd": 14009}
    assert bridge("single-device-vtep1", "vlan", "tunnelshow") == [{"ifname": "vxlan0", "tunnels": [run_of_all]}]
    assert pings("single-device-h3", "10.0.0.2") and pings("single-device-h1", "10.0.0.2")
    run("bridge", "-n", "single-device-vtep1", "vlan", "del", "dev", "vxlan0", "vid", "100-199")
    told = vxlab("plan", SINGLE).stdout
    assert "create bridge vlan 100-199 on vxlan0" in told and "create vlan tunnel 100-199 on vxlan0" in told
