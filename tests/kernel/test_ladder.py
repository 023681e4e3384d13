"""Ladders of labs that are up: tcpdump captures on every link, and tshark says what each arrow must be."""

import json
import re
import signal
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.kernel.conftest import VXLAB, Up, bridge, ip, pings, run, vxlab
from tests.kernel.watched import Tap, links_of, merged, watching
from vxlab.packets.files import open_capture

Bring = Callable[[Path], Up]
Json = dict[str, Any]
Seen = tuple[str, str, str]

KINDS = {
    r"ARP who-has": "1//", r"ARP .* is-at": "2//", r"ICMP echo request": "/8/", r"ICMP echo reply": "/0/",
    r"ND (who-has|duplicate)": "//135", r"ND .* is-at": "//136", r"MLDv2": "//143", r"ICMPv6 .*Solicit": "//133",
}  # fmt: skip
"""The number of an operation or type of ARP, ICMP and ICMPv6, by what vxlab says of it."""


NOISE = Counter({("", "", kind): 99 for kind in ("//143", "//133", "//")})
"""What the kernel sends by itself (MLD, router solicitations, IGMP).

One tcpdump may see it, and another that starts or ends a little later may not."""


def told(file: Path) -> list[tuple[str, str, Seen]]:
    """What tshark says of frames: interface, direction; the VNI, the outer destination, and the innermost message."""
    fields = (
        "frame.interface_name",
        "frame.packet_flags_direction",
        "frame.protocols",
        "vxlan.vni",
        "ip.dst",
        "ipv6.dst",
    )
    kinds = ("arp.opcode", "icmp.type", "icmpv6.type")
    words = ["tshark", "-n", "-r", file, "-T", "fields", *(word for name in (*fields, *kinds) for word in ("-e", name))]
    found = []
    for line in run(*words).stdout.splitlines():
        name, way, protocols, vni, v4, v6, *messages = line.split("\t")
        outer = v6 if ":ipv6:udp:vxlan" in protocols else v4
        message = (vni, outer.split(",")[0] if vni else "", "/".join(messages))
        found.append((name, {"0x00000001": "in", "0x00000002": "out"}.get(way, way), message))
    return found


def shown(arrow: Json) -> Seen:
    """The same of an arrow, out of its labels."""
    outer = re.fullmatch(r"\S+ → (\S+) VNI (\d+)", arrow["outer"][0]) if arrow["outer"] else None
    kind = next((kind for start, kind in KINDS.items() if re.match(start, arrow["message"])), "//")
    return (outer[2], outer[1], kind) if outer else ("", "", kind)


def cable(lab: Up, node: str, link: str) -> tuple[str, str]:
    """The other end of a cable, as `ip` says."""
    (near,) = ip(lab(node), "link", "show", "dev", link)
    namespaces = {one["nsid"]: one["name"] for one in ip(lab(node), "netns", "list-id")}
    far = namespaces[near["link_netnsid"]]
    (name,) = [one["ifname"] for one in ip(far, "link", "show") if one["ifindex"] == near["link_index"]]
    return far.removeprefix(f"{lab.name}-"), name


def drawn(*words: str | Path) -> Json:
    answer: Json = json.loads(vxlab("inspect", *words, "--ladder", "--json").stdout)
    return answer


def check(lab: Up, taps: list[Tap], file: Path, ladder: Json) -> None:
    """What tshark sees pass an end of a cable is what the arrows along it say; and there are no others."""
    arrows, frames = ladder["arrows"], told(file)
    left = len(arrows)
    for tap in taps:
        near, far = (tap.node, tap.link), cable(lab, tap.node, tap.link)
        ends = (*near, *far) if tap.way == "out" else (*far, *near)
        along = [one for one in arrows if (one["from"], one["from_link"], one["to"], one["to_link"]) == ends]
        passed = [seen for name, way, seen in frames if (name, way) == (f"{tap.node}:{tap.link}", tap.way)]
        assert Counter(map(shown, along)) - NOISE == Counter(passed) - NOISE, ends
        left -= len(along) if tap.way == "out" else 0
    assert left == 0
    assert [one["since_ns"] for one in arrows] == sorted(one["since_ns"] for one in arrows)


def brief(ladder: Json) -> Counter[tuple[str, ...]]:
    arrows = [one for one in ladder["arrows"] if shown(one) not in NOISE]
    return Counter((one["from"], one["to"], one["message"], *one["outer"]) for one in arrows)


EXCHANGES = [
    ("multicast", "h1", "10.20.0.2", True),
    ("multicast-ipv6", "h1", "10.20.0.2", True),
    ("replicate", "h1", "10.20.0.99", False),
    ("static-l3", "h1", "10.20.0.2", True),
    ("leaf-spine", "h1", "10.20.0.2", True),
    ("irb", "r1", "10.2.0.3", True),
]


@pytest.mark.parametrize(("name", "sender", "target", "answered"), EXCHANGES, ids=[one[0] for one in EXCHANGES])
def test_arrows_are_what_tshark_sees(
    name: str, sender: str, target: str, answered: bool, library: Path, up: Bring, tmp_path: Path
) -> None:
    lab = up(library / f"{name}.yaml")
    nodes = [one["node"] for one in json.loads(vxlab("status", lab.name, "--json").stdout)["nodes"]]
    with watching(lab, links_of(lab, *nodes), tmp_path) as taps:
        # Without an answer it is over when the host gives up to ask, after three seconds.
        assert pings(lab(sender), target, 20) == answered
    file = merged(taps, tmp_path / "all.pcapng")
    ladder = drawn(file, "--lab", lab.name)
    check(lab, taps, file, ladder)
    assert ladder["columns"][0]["name"] == sender
    assert [column["role"] for column in ladder["columns"]] == [role(lab, one["name"]) for one in ladder["columns"]]
    # Names and directions alone say the same. So do sightings at one end of each cable, and a file without directions.
    assert brief(drawn(file)) == brief(ladder)
    ends = {tuple(sorted([(tap.node, tap.link), cable(lab, tap.node, tap.link)])) for tap in taps}
    one_end = [tap for tap in taps if (tap.node, tap.link) in {end[0] for end in ends}]
    part = drawn(merged(one_end, tmp_path / "part.pcapng"), "--lab", lab.name)
    assert brief(part) == brief(ladder)
    entries(lab, ladder)


def role(lab: Up, node: str) -> str:
    """What a node is, by its links."""
    links = ip(lab(node), "link")
    kinds = [link.get("linkinfo", {}).get("info_kind") for link in links]
    if "vxlan" in kinds:
        return "vtep"
    return "underlay" if kinds.count("veth") > 1 else "host"


def entries(lab: Up, ladder: Json) -> None:
    """Each entry that `bridge` says was learned stands under a frame from the VTEP in it, to the one that has it."""
    learned = set()
    for column in ladder["columns"]:
        for link in ip(lab(column["name"]), "link", "show", "type", "vxlan"):
            for entry in bridge(lab(column["name"]), "fdb", "show", "dev", link["ifname"]):
                if "dst" in entry and entry["state"] != "permanent":
                    learned.add((column["name"], link["ifname"], entry["mac"], entry["dst"]))
    taught = [(one, gain) for one in ladder["arrows"] for gain in one["gained"]]
    assert {(gain["node"], gain["link"], gain["mac"], gain["dst"]) for _, gain in taught} == learned
    assert len(taught) == len(learned)
    for arrow, gain in taught:
        assert arrow["to"] == gain["node"] and arrow["outer"][0].startswith(f"{gain['dst']} → ")


def test_captures_of_others(library: Path, up: Bring, tmp_path: Path) -> None:
    """dumpcap on the underlay link of a VTEP, and tcpdump on any: neither names nodes, only one tells directions."""
    lab = up(library / "multicast.yaml")
    files = {"dumpcap": tmp_path / "dumpcap.pcapng", "any": tmp_path / "any.pcap"}
    commands = {
        "dumpcap": ["dumpcap", "-q", "-i", "eth0", "-a", "packets:10", "-w", files["dumpcap"]],
        "any": ["tcpdump", "-i", "any", "-U", "--immediate-mode", "-n", "-w", files["any"], "-c", "20"],
    }
    started = {
        name: subprocess.Popen(
            ["ip", "netns", "exec", lab("vtep1"), *map(str, words)], stderr=subprocess.PIPE, text=True
        )
        for name, words in commands.items()
    }
    try:
        for name, process in started.items():
            assert process.stderr
            assert any(("File:" if name == "dumpcap" else "listening on") in line for line in process.stderr)
        while any(process.poll() is None for process in started.values()):
            assert pings(lab("h1"), "10.20.0.2")
    finally:
        for process in started.values():
            process.send_signal(signal.SIGKILL)
            process.communicate()
    for name, file in files.items():
        ladder = drawn(file)
        # What passes a VTEP is seen at several of its links: an arrow has all frames that are one.
        frames = [seen for _, _, seen in told(file)]
        with open_capture(str(file)) as capture:
            assert [one.number for one in capture] == sorted(n for one in ladder["arrows"] for n in one["frames"])
        for arrow in ladder["arrows"]:
            assert {frames[number - 1] for number in arrow["frames"]} == {shown(arrow)}
        names = [column["name"] for column in ladder["columns"]]
        journey = ["192.168.8.1", "192.168.8.2"]
        if name == "any":
            journey = ["10.20.0.1", *journey, "10.20.0.2"]
        assert [one for one in names if one in journey] == journey
        assert any(len(one["frames"]) > 1 for one in ladder["arrows"]) == (name == "any")
        lab_ladder = drawn(file, "--lab", lab.name)
        assert {"vtep1", "vtep2"} <= {column["name"] for column in lab_ladder["columns"]}
    directions = {frame["direction"] for frame in json.loads(vxlab("inspect", files["any"], "--json").stdout)}
    assert directions == {"in", "out"}


def lab_address(lab: Up, node: str) -> str:
    (link,) = ip(lab(node), "address", "show", "dev", "eth0")
    return next(one["local"] for one in link["addr_info"] if one["family"] == "inet")


def test_a_lab_tells_its_ports(library: Path, up: Bring, tmp_path: Path) -> None:
    file = tmp_path / "lab.yaml"
    file.write_text((library / "by-hand.yaml").read_text().replace("port: 4789", "port: 5555"))
    lab = up(file)
    with watching(lab, links_of(lab, "a"), tmp_path) as taps:
        assert pings(lab("a"), "198.51.100.2")
    capture = merged(taps, tmp_path / "all.pcapng")
    assert run("tshark", "-r", capture, "-Y", "udp.dstport == 5555").stdout
    assert not any(arrow["outer"] for arrow in drawn(capture)["arrows"])
    assert any(arrow["outer"] for arrow in drawn(capture, "--lab", lab.name)["arrows"])
    assert brief(drawn(capture, "--lab", lab.name)) == brief(drawn(capture, "--lab", lab.name, "--port", "7777"))
    assert any(arrow["outer"] for arrow in drawn(capture, "--port", "5555")["arrows"])


def test_a_ladder_of_a_lab_that_runs(library: Path, up: Bring, tmp_path: Path) -> None:
    """`--lab` brings names and UDP ports: those of the lab in place of the usual ones, and --port adds to them."""
    lab = up(library / "custom-port.yaml")
    with watching(lab, links_of(lab, "vtep1"), tmp_path) as taps:
        assert pings(lab("n1"), lab_address(lab, "n2"))
    file = merged(taps, tmp_path / "all.pcapng")
    frames = json.loads(vxlab("inspect", file, "--lab", lab.name, "--json").stdout)
    assert any("(n2)" in frame["meaning"] for frame in frames)
    ports = {tunnel["port"] for frame in frames for tunnel in frame["outer"]}
    words = ["tshark", "-n", "-r", file, "-Y", "udp.dstport in {4789, 8472}", "-T", "fields", "-e", "udp.dstport"]
    assert {str(port) for port in ports} == {line.split(",")[0] for line in run(*words).stdout.split()}
    assert "vtep1" in vxlab("inspect", file, "--lab", lab.name, "--ladder").stdout
    # Who may not enter namespaces sees the file and the lab, but not what VTEPs learned.
    words = [*VXLAB, "inspect", file, "--lab", lab.name, "--ladder"]
    humble = run("setpriv", "--inh-caps=-all", "--bounding-set=-all", *words)
    assert "learns" not in humble.stdout and humble.stderr.startswith(
        "vxlab: only root may read what VTEPs have learned"
    )
    assert "learns" in run(*words).stdout
    one = next(frame["number"] for frame in frames if frame["way"] == "unicast")
    assert "(vtep2)" in vxlab("inspect", file, "--lab", lab.name, "--frame", str(one)).stdout
    assert vxlab("inspect", file, "--lab", "nolab", status=2).stderr.startswith("vxlab: no lab nolab is up")


def test_a_capture_on_all_links_is_drawn_by_its_cables(library: Path, up: Bring, tmp_path: Path) -> None:
    """Bridges and tunnels see each frame on its way, too: with the lab and without it, that changes no arrow."""
    lab = up(library / "multicast.yaml")
    nodes = ("h1", "h2", "vtep1", "vtep2", "underlay")
    places = [(node, link["ifname"]) for node in nodes for link in ip(lab(node), "link") if link["ifname"] != "lo"]
    with watching(lab, places, tmp_path) as taps:
        assert pings(lab("h1"), "10.20.0.2")
    ends = set(links_of(lab, *nodes))
    assert len(places) > len(ends)
    whole = merged(taps, tmp_path / "all.pcapng")
    part = merged([tap for tap in taps if (tap.node, tap.link) in ends], tmp_path / "part.pcapng")

    def drawings(file: Path, *words: str) -> list[str]:
        shown = vxlab("inspect", file, *words, "--format", "mermaid").stdout.splitlines()
        noise = ("IGMP", "IPv4 protocol", "MLD", "ICMPv6")
        # Times count from the first frame, which may be another.
        return [
            re.sub(r": [\d.]+ \S+ ", ": ", line)
            for line in shown
            if "->>" in line and not any(word in line for word in noise)
        ]

    expected = drawings(part, "--lab", lab.name)
    assert len(expected) == 4 * 4 + 2 * 2  # four messages across the tunnel, two between VTEPs
    for words in (("--lab", lab.name), ()):
        assert drawings(whole, *words) == expected
        assert "at links inside of nodes" in vxlab("inspect", whole, *words, "--ladder").stdout
