"""After `up`, the kernel has what the file says: iproute2 is asked, not vxlab."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from tests.kernel import oracle
from tests.kernel.conftest import Up, alive, bridge, ip, machine, netns, pings, run, steady, vxlab

BringUp = Callable[[Path], Up]
FLOOD = "00:00:00:00:00:00"


def link(namespace: str, name: str) -> dict:
    (found,) = ip(namespace, "link", "show", name)
    return found


def addresses(namespace: str, name: str) -> list[str]:
    (found,) = ip(namespace, "-4", "addr", "show", name)
    return [f"{address['local']}/{address['prefixlen']}" for address in found["addr_info"]]


def remote_macs(namespace: str, device: str) -> dict[str, str]:
    """The MACs that a VXLAN device knows behind other VTEPs, with the VTEP."""
    entries = bridge(namespace, "fdb", "show", "dev", device)
    return {entry["mac"]: entry["dst"] for entry in entries if "dst" in entry and entry["mac"] != FLOOD}


def flood_list(namespace: str, device: str) -> list[str]:
    entries = bridge(namespace, "fdb", "show", "dev", device)
    return sorted(entry["dst"] for entry in entries if entry["mac"] == FLOOD)


def test_multicast_lab_is_what_its_file_says(up: BringUp, library: Path) -> None:
    lab = up(library / "multicast.yaml")
    assert sorted(netns()) == sorted(lab(node) for node in ("underlay", "vtep1", "vtep2", "h1", "h2"))
    for number in (1, 2):
        vtep = lab(f"vtep{number}")
        device = link(vtep, "vxlan42")
        data = device["linkinfo"]["info_data"]
        assert device["linkinfo"]["info_kind"] == "vxlan"
        assert (data["id"], data["group"], data["local"], data["link"], data["port"]) == (
            42, "239.1.1.42", f"192.168.8.{number}", "eth0", 4789,
        )  # fmt: skip
        assert data["learning"] is True
        assert device["mtu"] == 1450 and device["master"] == "br42" and "UP" in device["flags"]
        assert addresses(vtep, "eth0") == [f"192.168.8.{number}/24"]
        assert link(vtep, "eth0")["mtu"] == 1500
        assert link(vtep, f"h{number}")["master"] == "br42"
        assert addresses(lab(f"h{number}"), "eth0") == [f"10.20.0.{number}/24"]
        assert link(lab(f"h{number}"), "eth0")["mtu"] == 1450
        assert "UP" in link(lab(f"h{number}"), "lo")["flags"]


def test_fdb_learns_from_a_ping(up: BringUp, library: Path) -> None:
    lab = up(library / "multicast.yaml")
    mac = {number: link(lab(f"h{number}"), "eth0")["address"] for number in (1, 2)}
    assert remote_macs(lab("vtep1"), "vxlan42") == {}
    assert remote_macs(lab("vtep2"), "vxlan42") == {}
    assert pings(lab("h1"), "10.20.0.2")
    assert remote_macs(lab("vtep1"), "vxlan42") == {mac[2]: "192.168.8.2"}
    assert remote_macs(lab("vtep2"), "vxlan42") == {mac[1]: "192.168.8.1"}


def test_replicate_floods_to_every_other_vtep(up: BringUp, library: Path) -> None:
    lab = up(library / "replicate.yaml")
    everyone = [f"192.168.8.{number}" for number in (1, 2, 3)]
    for number in (1, 2, 3):
        others = [address for address in everyone if address != f"192.168.8.{number}"]
        assert flood_list(lab(f"vtep{number}"), "vxlan42") == others
        assert "group" not in link(lab(f"vtep{number}"), "vxlan42")["linkinfo"]["info_data"]
        assert remote_macs(lab(f"vtep{number}"), "vxlan42") == {}
    for sender, target in ((1, 2), (2, 3), (3, 1)):
        assert pings(lab(f"h{sender}"), f"10.20.0.{target}")
    assert len(remote_macs(lab("vtep1"), "vxlan42")) == 2


def test_tenants_with_equal_addresses_do_not_meet(up: BringUp, library: Path) -> None:
    lab = up(library / "tenants.yaml")
    assert addresses(lab("r1"), "eth0") == addresses(lab("b1"), "eth0") == ["10.0.0.1/24"]
    assert pings(lab("r1"), "10.0.0.2") and pings(lab("b1"), "10.0.0.2")
    (answer,) = [n for n in ip(lab("r1"), "neigh") if n["dst"] == "10.0.0.2"]
    assert answer["lladdr"] == link(lab("r2"), "eth0")["address"]
    # With the other tenant's host alone at that address, nobody answers.
    vxlab("exec", "-l", "tenants", "r2", "--", "ip", "link", "set", "eth0", "down")
    vxlab("exec", "-l", "tenants", "r1", "--", "ip", "neigh", "flush", "all")
    assert not pings(lab("r1"), "10.0.0.2", seconds=1)
    assert pings(lab("b1"), "10.0.0.2")


def test_by_hand_lab_is_what_its_file_says(up: BringUp, library: Path) -> None:
    lab = up(library / "by-hand.yaml")
    assert addresses(lab("a"), "vx0") == ["198.51.100.1/24"]
    assert addresses(lab("a"), "eth0") == ["203.0.113.1/30"]
    assert flood_list(lab("a"), "vx0") == ["192.0.2.2"]
    routes = {route["dst"]: route.get("gateway") for route in ip(lab("a"), "route")}
    assert routes["192.0.2.2"] == "203.0.113.2"
    assert {r["dst"]: r.get("gateway") for r in ip(lab("b"), "route")}["default"] == "203.0.113.1"
    assert remote_macs(lab("a"), "vx0") == {}
    assert pings(lab("a"), "198.51.100.2")
    assert remote_macs(lab("a"), "vx0") == {link(lab("b"), "vx0")["address"]: "192.0.2.2"}


EVERYTHING = """
name: everything
nodes:
  a:
    sysctls: {net.ipv4.ip_forward: 1, net.ipv4.conf.eth0.rp_filter: 2, net.ipv6.conf.all.disable_ipv6: 0}
    links:
      lo: {addresses: [192.0.2.1/32, 2001:db8::1/128]}
      br0: {kind: bridge, stp_state: false, ageing_time: 6000, mcast_snooping: false, priority: 4096}
      eth0: {addresses: [203.0.113.1/24], mtu: 9000}
      eth1: {master: br0, bridge_port: {learning: false, neigh_suppress: true, isolated: true, hairpin: true}}
      vx0:
        {kind: vxlan, vni: 16777215, local: 192.0.2.1, dev: eth0, port: 8472, learning: false, ttl: 9, tos: 4,
         ageing: 60, maxaddress: 100, df: set, proxy: true, rsc: true, l2miss: true, l3miss: true, udpcsum: false,
         gbp: true, mac: "02:00:00:00:00:0a", addresses: 198.51.100.1/24}
      vx1: {kind: vxlan, vni: 7, remote: 203.0.113.2, master: br0, up: false}
    fdb:
      - {link: vx0, mac: "02:00:00:00:00:02", dst: 203.0.113.2, port: 4789, vni: 99, via: eth0}
      - {link: vx0, mac: "00:00:00:00:00:00", dst: 203.0.113.2}
      - {link: vx0, mac: "00:00:00:00:00:00", dst: 203.0.113.3}
    neighbours:
      - {link: vx0, address: 198.51.100.2, mac: "02:00:00:00:00:02"}
    routes:
      - {to: 10.0.0.0/8, via: 203.0.113.2, metric: 50, src: 192.0.2.1}
      - {to: default, link: eth0}
      - {to: "2001:db8:1::/48", link: eth0}
  b: {}
links:
  - [a:eth0, b:eth0]
  - a:eth1: {}
    b:eth1: {mac: "02:00:00:00:00:b1", up: false}
"""


def test_every_low_level_option_reaches_the_kernel(up: BringUp, tmp_path: Path) -> None:
    file = tmp_path / "everything.yaml"
    file.write_text(EVERYTHING)
    lab = up(file)
    a = lab("a")
    data = link(a, "vx0")["linkinfo"]["info_data"]
    wanted = {
        "id": 16777215, "local": "192.0.2.1", "link": "eth0", "port": 8472, "learning": False, "ttl": 9, "tos": "0x4",
        "ageing": 60, "limit": 100, "df": "set", "proxy": True, "rsc": True, "l2miss": True, "l3miss": True,
        "udp_csum": False, "gbp": True,
    }  # fmt: skip
    assert {name: data.get(name) for name in wanted} == wanted
    assert link(a, "vx0")["address"] == "02:00:00:00:00:0a"
    assert link(a, "vx1")["linkinfo"]["info_data"]["remote"] == "203.0.113.2"
    assert "UP" not in link(a, "vx1")["flags"]
    br = link(a, "br0")["linkinfo"]["info_data"]
    assert (br["stp_state"], br["ageing_time"], br["mcast_snooping"], br["priority"]) == (0, 6000, 0, 4096)
    port = link(a, "eth1")["linkinfo"]["info_slave_data"]
    assert (port["learning"], port["neigh_suppress"], port["isolated"], port["hairpin"]) == (False, True, True, True)
    assert link(a, "eth0")["mtu"] == 9000
    assert link(lab("b"), "eth1")["address"] == "02:00:00:00:00:b1" and "UP" not in link(lab("b"), "eth1")["flags"]
    fdb = [entry for entry in bridge(a, "fdb", "show", "dev", "vx0") if "dst" in entry]
    (entry,) = [entry for entry in fdb if entry["mac"] == "02:00:00:00:00:02"]
    assert (entry["dst"], entry["port"], entry["vni"], entry["viaIf"]) == ("203.0.113.2", 4789, 99, "eth0")
    assert flood_list(a, "vx0") == ["203.0.113.2", "203.0.113.3"]
    (neighbour,) = [n for n in ip(a, "neigh") if n["dst"] == "198.51.100.2"]
    assert neighbour["lladdr"] == "02:00:00:00:00:02" and neighbour["state"] == ["PERMANENT"]
    routes = {route["dst"]: route for route in ip(a, "route")}
    assert {"gateway": "203.0.113.2", "metric": 50, "prefsrc": "192.0.2.1"}.items() <= routes["10.0.0.0/8"].items()
    assert routes["default"]["dev"] == "eth0" and routes["default"]["scope"] == "link"
    assert any(r["dst"] == "2001:db8:1::/48" and r["dev"] == "eth0" for r in ip(a, "-6", "route"))
    sysctl = vxlab("exec", "a", "--", "cat", "/proc/sys/net/ipv4/ip_forward", "/proc/sys/net/ipv4/conf/eth0/rp_filter")
    assert sysctl.stdout.split() == ["1", "2"]
    assert "nothing to do" in vxlab("plan", file).stdout
    assert "no drift" in vxlab("status", "everything").stdout


def test_up_twice_is_up_once(up: BringUp, library_file: Path) -> None:
    lab = up(library_file)
    for name in netns():
        oracle.settled(name)
    before = {name: steady(ip(name, "addr")) for name in netns()}
    assert "nothing to do" in vxlab("up", library_file).stdout
    assert {name: steady(ip(name, "addr")) for name in netns()} == before
    assert lab.name in vxlab("ls").stdout


def test_down_leaves_nothing(small_file: Path) -> None:
    before = machine()
    name = yaml.safe_load(small_file.read_text())["name"]
    vxlab("up", small_file)
    sleeper = vxlab("exec", next(iter(_nodes(small_file))), "--", "sh", "-c", "sleep 1000 >/dev/null 2>&1 & echo $!")
    pid = int(sleeper.stdout)
    assert alive(pid)
    vxlab("down", name)
    assert machine() == before
    assert not alive(pid)


def _nodes(file: Path) -> list[str]:
    return list(yaml.safe_load(vxlab("expand", file).stdout)["nodes"])


def test_expanded_file_gives_the_same_lab(up: BringUp, small_file: Path, tmp_path: Path) -> None:
    up(small_file)
    expanded = tmp_path / "expanded.yaml"
    expanded.write_text(vxlab("expand", small_file).stdout)
    assert "nothing to do" in vxlab("plan", expanded).stdout
    assert vxlab("expand", expanded).stdout == expanded.read_text()


def test_foreign_namespaces_are_never_touched(up: BringUp, library: Path) -> None:
    foreign = ["mine", "multicast", "multicast-h1-look-alike", "multicast-h11"]
    for name in foreign:
        run("ip", "netns", "add", name)
    try:
        lab = up(library / "multicast.yaml")
        vxlab("down", lab.name)
        assert sorted(netns()) == foreign
        run("ip", "netns", "add", "multicast-h1")
        refused = vxlab("up", library / "multicast.yaml", status=1)
        assert "multicast-h1" in refused.stderr and "multicast-h1" in netns()
        assert "multicast-h1" in vxlab("plan", library / "multicast.yaml", status=1).stderr
    finally:
        for name in ("multicast-h1", *foreign):
            run("ip", "netns", "del", name, status=None)


@pytest.mark.parametrize("lab", ["multicast", "nothing"])
def test_down_of_what_is_not_up_is_no_error(lab: str) -> None:
    before = machine()
    assert "not up" in vxlab("down", lab).stderr
    assert machine() == before


SAID_OTHERWISE = """\
nodes:
  a:
    links:
      eth0: {addresses: [192.0.2.1/24, "2001:db8::1/64"]}
    nexthops: [{id: 5, blackhole: true}, {id: 6, via: 192.0.2.7, link: eth0}]
    routes:
      - {to: 10.1.0.0/24, nexthops: [{via: 192.0.2.2, weight: 3}]}
      - {to: 10.2.0.0/24, nhid: 5}
      - {to: 10.3.0.0/24, nhid: 6}
      - {to: "2001:db8:7::/64", nexthops: [{via: "2001:db8::2"}]}
    neighbours:
      - {link: eth0, address: 192.0.2.10, mac: "02:00:00:00:00:10", state: noarp}
      - {link: eth0, address: 192.0.2.11, mac: "02:00:00:00:00:11", state: stale}
    rules: [{priority: 32766, table: main}]
  b: {links: {br0: {kind: bridge, mcast_query_interval: 100}}}
links: [[a:eth0, b:eth0]]
"""


def test_what_the_kernel_tells_in_another_way_is_no_drift(tmp_path: Path) -> None:
    file = tmp_path / "other.yaml"
    file.write_text(SAID_OTHERWISE)
    vxlab("up", file)
    try:
        assert "nothing to do" in vxlab("plan", file).stdout
        routes = {route["dst"]: route for route in ip("other-a", "route")}
        assert (routes["10.1.0.0/24"]["gateway"], routes["10.2.0.0/24"]["type"]) == ("192.0.2.2", "blackhole")
        assert [rule["protocol"] for rule in ip("other-a", "rule") if rule["priority"] == 32766] == ["kernel", "unspec"]
        run("ip", "-n", "other-a", "route", "replace", "10.1.0.0/24", "via", "192.0.2.3")
        for _ in range(2):
            run("ip", "-n", "other-a", "rule", "del", "pref", "32766")
        plan = vxlab("plan", file, "--commands").stdout
        assert "rule add priority 32766" in plan and "route replace 10.1.0.0/24 via 192.0.2.2" in plan
    finally:
        vxlab("down", "other")
