"""How full the neighbour tables are, as `ip ntable` tells it; a lab that fails meanwhile has that as its cause."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.kernel.conftest import Up, run
from tests.kernel.made import made
from tests.kernel.proofs import failed, verify
from vxlab.kernel.neighbour_room import Room, rooms
from vxlab.kernel.rtnetlink import RouteSocket
from vxlab.verify import exchange, scene


def test_it_is_what_ip_says() -> None:
    told = json.loads(run("ip", "-s", "-j", "ntable", "show").stdout)
    said = {table["name"]: table for table in told if "table_fulls" in table}
    with RouteSocket() as route:
        found = rooms(route)
    assert {"arp_cache", "ndisc_cache"} <= found.keys() and found.keys() == said.keys()
    for name, room in found.items():
        assert (room.most, room.refused >= said[name]["table_fulls"]) == (said[name]["thresh3"], True)


def test_a_full_table_is_the_cause(up: Callable[[Path], Up], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table is that of the whole machine and is not filled here: what is read of it is made up."""
    file = tmp_path / "made.yaml"
    file.write_text(made("multicast"))
    lab = up(file)
    refused = iter(range(100))
    monkeypatch.setattr(scene, "rooms", lambda route: {"arp_cache": Room(1024, next(refused))})
    monkeypatch.setattr(exchange, "PATIENCE", 0.2)
    run("ip", "netns", "exec", lab("h2"), "sysctl", "-qw", "net.ipv4.icmp_echo_ignore_all=1")
    cause = failed(verify(lab, status=1))[0]["cause"]
    assert "the kernel's arp_cache has no room: it takes 1024 entries" in cause["text"]
    assert "arp_cache" in run(*cause["command"].split()).stdout


def test_packets_that_were_dropped_are_the_cause(
    up: Callable[[Path], Up], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As above: to fill the queue of a processor takes a thousand ports."""
    file = tmp_path / "made.yaml"
    file.write_text(made("multicast"))
    lab = up(file)
    counts = iter(range(7, 100, 7))
    monkeypatch.setattr(scene, "dropped", lambda: next(counts))
    monkeypatch.setattr(exchange, "PATIENCE", 0.2)
    run("ip", "netns", "exec", lab("h2"), "sysctl", "-qw", "net.ipv4.icmp_echo_ignore_all=1")
    cause = failed(verify(lab, status=1))[0]["cause"]
    assert "the kernel dropped 7 packets on their way between links: net.core.netdev_max_backlog" in cause["text"]
    assert len(run(*cause["command"].split()).stdout.splitlines()[0].split()) > 1
