"""What is taken out of learned tables and put back, as `bridge fdb` and `ip neigh` tell it."""

import json
from collections.abc import Iterator

import pytest

from tests.kernel.conftest import run
from vxlab.kernel import learned
from vxlab.kernel.rtnetlink import RouteSocket

MAC, PERMANENT = "02:00:00:00:00:99", "02:00:00:00:00:98"


@pytest.fixture
def node() -> Iterator[str]:
    """A namespace with a VXLAN device in a bridge, and entries of every kind."""
    name = "learned-test"
    lines = [
        "link add br0 type bridge", "link add vx0 type vxlan id 7 dstport 4789 local 192.0.2.1",
        "link set vx0 master br0 up", "link set br0 up", "addr add 198.51.100.1/24 dev br0",
        "addr add 2001:db8::1/64 dev br0 nodad",
        f"neigh add 198.51.100.2 lladdr {MAC} nud stale dev br0", f"neigh add 198.51.100.3 lladdr {MAC} dev br0",
        f"neigh add 2001:db8::2 lladdr {MAC} nud stale dev br0",
    ]  # fmt: skip
    run("ip", "netns", "add", name)
    run("ip", "-n", name, "-batch", "-", input="\n".join(lines))
    entries = [
        f"{MAC} dev vx0 self dst 192.0.2.2 dynamic", f"{MAC} dev vx0 master dynamic",
        "02:00:00:00:00:97 dev vx0 self dst 192.0.2.9 port 8472 vni 9 dynamic",
        f"{PERMANENT} dev vx0 self dst 192.0.2.3", f"{PERMANENT} dev vx0 master static",
    ]  # fmt: skip
    run(
        "bridge",
        "-n",
        name,
        "-batch",
        "-",
        input="\n".join(f"fdb append {e}" if "self" in e else f"fdb add {e}" for e in entries),
    )
    yield name
    run("ip", "netns", "del", name)


def tables(node: str) -> list[str]:
    fdb = json.loads(run("bridge", "-n", node, "-j", "fdb", "show").stdout)
    known = json.loads(run("ip", "-n", node, "-j", "neigh", "show", "nud", "all").stdout)
    kept = [entry for entry in (*fdb, *known) if entry.get("state") != ["NOARP"]]
    return sorted(json.dumps(entry, sort_keys=True) for entry in kept)


def test_what_ages_is_forgotten_and_put_back(node: str) -> None:
    before = tables(node)
    with RouteSocket(node) as route:
        found = [entry for entry in (*learned.fdb(route), *learned.neighbours(route)) if entry.ages]
        assert sorted((entry.mac, entry.dst) for entry in found) == sorted([
            (MAC, "192.0.2.2"), (MAC, ""), ("02:00:00:00:00:97", "192.0.2.9"),
            (MAC, "198.51.100.2"), (MAC, "2001:db8::2"),
        ])  # fmt: skip
        assert [(e.port, e.vni) for e in found if e.dst == "192.0.2.9"] == [(8472, 9)]
        assert sorted(entry.is_neighbour for entry in found) == [False] * 3 + [True] * 2
        assert learned.forget(route, found) == []
        gone = tables(node)
        assert len(before) - len(gone) == 5 and {*gone} < {*before}
        assert learned.put_back(route, found) == []
    assert tables(node) == before
    # They age: iproute2 tells neither that they are static nor that they are permanent.
    assert all("permanent" not in line and "static" not in line for line in {*tables(node)} - {*gone})


def test_what_is_not_there_is_refused_and_the_rest_is_done(node: str) -> None:
    with RouteSocket(node) as route:
        found = [entry for entry in learned.fdb(route) if entry.ages]
        assert learned.forget(route, found[:1]) == []
        refused = learned.forget(route, found)
        assert [refusal.index for refusal in refused] == [0]
        assert not [entry for entry in learned.fdb(route) if entry.ages]
