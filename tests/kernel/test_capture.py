"""`vxlab capture`: what it writes and shows is what tshark, tcpdump and the kernel say of the same links."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from scapy.utils import rdpcap

from tests import forked
from tests.kernel.conftest import VXLAB, Up, ip, run, vxlab
from tests.kernel.live import capinfos, capturing, structure, tcpdump, tshark
from vxlab.cli import capture as capture_command
from vxlab.kernel.namespaces import open_socket
from vxlab.kernel.syscalls import mount, umount2
from vxlab.packets import bpf, linktypes
from vxlab.packets import taps as taps_module
from vxlab.packets.ring import BLOCK, FEWEST_BLOCKS, MAX_SNAPLEN
from vxlab.packets.taps import Taps

BringUp = Callable[[Path], Up]
MARK = bytes.fromhex("88b5")  # an Ethernet type for experiments (IEEE 802)
TO_ALL = bytes.fromhex("ffffffffffff 02000000000a")


@pytest.fixture
def lab(up: BringUp, library: Path) -> Up:
    return up(library / "multicast.yaml")


def ping(lab: Up, count: int = 1, *more: str) -> None:
    run("ip", "netns", "exec", lab("h1"), "ping", "-q", "-c", str(count), "-i", "0.01", *more, "10.20.0.2")


def emit(place: tuple[str, str], *frames: bytes) -> None:
    with open_socket(place[0], socket.AF_PACKET, socket.SOCK_RAW) as out:
        out.bind((place[1], 0))
        for frame in frames:
            out.send(frame)


def marked(*data: int) -> list[bytes]:
    """Frames that nobody else sends."""
    return [TO_ALL + MARK + number.to_bytes(46, "big") for number in data]


def links_of(lab: Up, *nodes: str) -> set[str]:
    """The links of nodes but lo, as `ip` lists them."""
    return {f"{node}:{link['ifname']}" for node in nodes for link in ip(lab(node), "link")} - {f"{n}:lo" for n in nodes}


def counts_in(text: str) -> dict[str, int]:
    return {link: int(count) for link, count in re.findall(r"^ +(\S+) +(\d+) frames?", text, re.MULTILINE)}


NODES = ("h1", "h2", "underlay", "vtep1", "vtep2")
WAY_OF_A_REQUEST = [
    "h1:eth0 out", "vtep1:h1 in", "vtep1:vxlan42 out", "vtep1:eth0 out", "underlay:vtep1 in", "underlay:vtep2 out",
    "vtep2:eth0 in", "vtep2:vxlan42 in", "vtep2:h2 out", "h2:eth0 in",
]  # fmt: skip


def test_all_links_in_the_order_of_time_as_tshark_reads_them(lab: Up, tmp_path: Path) -> None:
    file = tmp_path / "all.pcapng"
    with capturing(lab.name, "-w", file) as capture:
        ping(lab)
        told = capture.end()
    names = set(re.findall(r"Name = (\S+)", capinfos(file)))
    assert names == links_of(lab, *NODES)
    assert "Strict time order:   True" in capinfos(file)
    where = ("frame.interface_name", "frame.packet_flags_direction")
    asked = tshark(file, *where, only=f"arp.opcode == 1 && arp.src.proto_ipv4 == {'10.20.0.1'}")
    ways = {"0x00000001": "in", "0x00000002": "out"}
    seen = [f"{link} {ways[way]}" for link, way in asked]
    assert [link for link in seen if link in WAY_OF_A_REQUEST] == WAY_OF_A_REQUEST
    # A frame has one time for all links that it passes on its way in: the one on top comes later all the same.
    assert seen.index("vtep1:h1 in") < seen.index("vtep1:br42 in")
    assert seen.index("vtep2:vxlan42 in") < seen.index("vtep2:br42 in")
    total = len(tshark(file, "frame.number"))
    assert sum(counts_in(told).values()) == total and f"{total} frames on 13 links" in told
    assert "0 dropped by the kernel" in told and "asked to stop" in told


FIELDS = ("frame.number", "frame.interface_name", "frame.len", "vxlan.vni", "arp.opcode", "icmp.type", "eth.dst")


def test_tshark_reads_the_same_vni_addresses_and_opcodes(lab: Up, tmp_path: Path) -> None:
    file = tmp_path / "read.pcapng"
    with capturing(lab.name, "-w", file, "--filter", "arp or icmp or udp port 4789") as capture:
        ping(lab)
        capture.end()
    ours = json.loads(vxlab("inspect", file, "--json").stdout)
    theirs = tshark(file, *FIELDS)
    assert len(ours) == len(theirs) > 40
    for mine, (number, link, length, vni, opcode, icmp, dst) in zip(ours, theirs, strict=True):
        assert (str(mine["number"]), mine["interface"], str(mine["length"])) == (number, link, length)
        assert str(mine["outer"][0]["vni"] if mine["outer"] else "") == vni
        assert (mine["outer"][0] if mine["outer"] else mine["inner"])["mac_dst"] == dst
        said = mine["meaning"]
        assert ("who-has" in said) == (opcode == "1") and ("is-at" in said) == (opcode == "2")
        assert ("echo request" in said) == (icmp == "8") and ("echo reply" in said) == (icmp == "0")


def bytes_in(file: Path) -> list[bytes]:
    return [bytes(packet) for packet in rdpcap(str(file))]


TAGS = [
    TO_ALL + MARK + bytes(46),
    TO_ALL + bytes.fromhex("8100 0007") + MARK + bytes(46),
    TO_ALL + bytes.fromhex("8100 a008") + MARK + bytes(46),  # priority 5
    TO_ALL + bytes.fromhex("88a8 0007 8100 0009") + MARK + bytes(46),
    TO_ALL + MARK + bytes(46),
]


@pytest.mark.parametrize(
    ("expression", "wanted"),
    [
        ("ether proto 0x88b5 or vlan", [0, 1, 2, 3, 4]),
        ("vlan", [1, 2, 3]),
        ("vlan 7", [1, 3]),
        ("vlan 8 and ether proto 0x88b5", [2]),
        ("ether proto 0x88b5 and inbound", [0, 1, 2, 4]),
        ("ether proto 0x88b5 and outbound", []),
    ],
)
def test_vlan_tags_that_the_kernel_takes_out_are_there_again(
    lab: Up, tmp_path: Path, expression: str, wanted: list[int]
) -> None:
    ours, theirs = tmp_path / "ours.pcapng", tmp_path / "theirs.pcap"
    with (
        tcpdump(lab("vtep1"), "h1", theirs, expression) as dump,
        capturing(lab.name, "--on", "vtep1:h1", "-f", expression, "-w", ours) as capture,
    ):
        emit((lab("h1"), "eth0"), *TAGS)
        capture.end()
        dump.end()
    assert bytes_in(ours) == [TAGS[number] for number in wanted]
    # tcpdump runs its filter itself, once more, on the first frame; and there it does not know the direction.
    assert bytes_in(theirs) == bytes_in(ours)["bound" in expression :]
    assert "Strict time order:   True" in capinfos(ours)


def test_a_filter_knows_the_names_of_the_lab(lab: Up, tmp_path: Path) -> None:
    file = tmp_path / "names.pcapng"
    with capturing(lab.name, "--on", "h1", "-f", "icmp and src host h2", "-w", file) as capture:
        ping(lab, 3)
        capture.end()
    assert set(tshark(file, "ip.src")) == {("10.20.0.2",)} and len(tshark(file, "ip.src")) == 3


@contextmanager
def flooding(lab: Up) -> Iterator[subprocess.Popen[bytes]]:
    words = ["ip", "netns", "exec", lab("h1"), "ping", "-q", "-f", "10.20.0.2"]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL) as process:
        yield process
        process.kill()


@pytest.fixture
def flood(lab: Up) -> Iterator[subprocess.Popen[bytes]]:
    with flooding(lab) as process:
        yield process


def test_nothing_is_caught_before_its_filter_is_there(lab: Up, tmp_path: Path, flood: object) -> None:
    file = tmp_path / "none.pcapng"
    with capturing(lab.name, "--filter", "ether proto 0x88b5", "-w", file) as capture:
        emit((lab("h1"), "eth0"), *marked(1))
        capture.end()
    assert set(tshark(file, "eth.type", "frame.len")) == {("0x88b5", "60")}


def test_count_is_exact_and_it_ends_by_itself(lab: Up, tmp_path: Path, flood: object) -> None:
    file = tmp_path / "seven.pcapng"
    told = json.loads(vxlab("capture", lab.name, "-w", file, "--count", "77", "--json").stdout)
    assert len(tshark(file, "frame.number")) == told["frames"] == 77
    assert told["ended"] == "count" and sum(link["frames"] for link in told["interfaces"]) == 77
    assert {link["interface"] for link in told["interfaces"]} == links_of(lab, *NODES)


def test_one_frame_is_told_as_one(lab: Up, flood: object) -> None:
    told = vxlab("capture", lab.name, "--on", "h1", "-w", "/dev/null", "--count", "1").stderr
    assert "vxlab: 1 frame on 1 link in " in told and re.search(r"h1:eth0 +1 frame, 0 dropped", told)


def test_duration_ends_it(lab: Up, tmp_path: Path) -> None:
    file = tmp_path / "short.pcapng"
    answer = vxlab("capture", lab.name, "--on", "h1", "--duration", "0.05", "-w", file, "--json")
    assert json.loads(answer.stdout)["ended"] == "time" and "its time is over" in answer.stderr
    assert "Number of packets:   0" in capinfos(file)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_end_it_with_all_that_came_before(lab: Up, tmp_path: Path, how: signal.Signals) -> None:
    file = tmp_path / "signal.pcapng"
    with capturing(lab.name, "-f", "ether proto 0x88b5", "--on", "h1", "-w", file) as capture:
        emit((lab("h1"), "eth0"), *marked(*range(500)))
        capture.end(how)
    assert len(tshark(file, "frame.number")) == 500
    assert [data[-4:] for data in bytes_in(file)] == [number.to_bytes(4, "big") for number in range(500)]


def test_it_ends_when_the_lab_goes_down(lab: Up, tmp_path: Path) -> None:
    file = tmp_path / "down.pcapng"
    with capturing(lab.name, "-w", file) as capture:
        ping(lab)
        vxlab("down", lab.name)
        assert "the lab was taken down" in capture.end(None)
    assert len(tshark(file, "frame.number")) > 20
    assert "Number of stat entries = 1" in capinfos(file)


def test_it_ends_when_a_lab_of_that_name_is_another_one(lab: Up, tmp_path: Path) -> None:
    with capturing(lab.name, "-w", tmp_path / "again.pcapng") as capture:
        vxlab("down", lab.name)
        vxlab("up", lab.file)
        capture.end(None)


def test_a_link_that_goes_is_told_and_the_others_go_on(lab: Up, tmp_path: Path) -> None:
    file = tmp_path / "gone.pcapng"
    with capturing(lab.name, "-f", "ether proto 0x88b5", "-w", file) as capture:
        emit((lab("h1"), "eth0"), *marked(1))
        run("ip", "-n", lab("h2"), "link", "del", "eth0")
        capture.wait_for("h2:eth0 is gone")
        emit((lab("h1"), "eth0"), *marked(2))
        capture.end()
    seen = [int(data[-4:].hex(), 16) for data in bytes_in(file) if data[12:14] == MARK]
    links = [link for (link,) in tshark(file, "frame.interface_name", only="eth.type == 0x88b5")]
    assert [number for number, link in zip(seen, links, strict=True) if link == "h1:eth0"] == [1, 2]
    assert [number for number, link in zip(seen, links, strict=True) if link == "h2:eth0"] == [1]


def test_what_came_before_a_link_is_left_is_not_lost(lab: Up) -> None:
    place = (lab("h1"), "eth0")
    programs = {linktypes.ETHERNET: bpf.compiled("ether proto 0x88b5", linktypes.ETHERNET, 96)}
    with Taps([place, (lab("h2"), "eth0")], programs, 96, 0) as taps:
        emit(place, *marked(1, 2, 3))
        taps.leave(taps.rings[:1])
        assert [frame[4][-1] for frame in taps.rest(time.time_ns()) if frame[1] == 0] == [1, 2, 3]


def test_a_link_that_is_down_from_the_start_did_not_go_down(lab: Up) -> None:
    run("ip", "-n", lab("h1"), "link", "set", "eth0", "down")
    with Taps([(lab("h1"), "eth0")], {linktypes.ETHERNET: bpf.everything(96)}, 96, 0) as taps:
        assert taps.lost() == []
        run("ip", "-n", lab("h1"), "link", "set", "eth0", "up")
        run("ip", "-n", lab("h1"), "link", "set", "eth0", "down")
        assert taps.lost() == [(taps.rings[0], True)]
        run("ip", "-n", lab("h1"), "link", "del", "eth0")
        assert taps.lost() == [(taps.rings[0], False)] and not taps.is_open


def test_no_frame_is_given_before_an_older_one(lab: Up, monkeypatch: pytest.MonkeyPatch) -> None:
    """One frame waits in the ring of a quiet link while another link fills whole blocks, which come at once."""
    monkeypatch.setattr(taps_module, "_LATE", 0)
    quiet, busy = (lab("h2"), "eth0"), (lab("h1"), "eth0")
    programs = {linktypes.ETHERNET: bpf.compiled("ether proto 0x88b5 and outbound", linktypes.ETHERNET, 96)}
    for _ in range(5):
        with Taps([quiet, busy], programs, 96, 16 * 1024 * 1024) as taps:
            emit(quiet, *marked(0))
            emit(busy, *marked(*range(1, 2001)))
            given = [*taps.take(), *taps.rest(time.time_ns())]
        assert [int(frame[4][-4:].hex(), 16) for frame in given] == [*range(2001)]


def test_it_ends_when_no_link_is_left(lab: Up, tmp_path: Path) -> None:
    file = tmp_path / "last.pcapng"
    with capturing(lab.name, "--on", "h2", "-f", "ether proto 0x88b5", "-w", file) as capture:
        emit((lab("h2"), "eth0"), *marked(1))
        run("ip", "-n", lab("h2"), "link", "del", "eth0")
        assert "no link is left" in capture.end(None)
    assert len(bytes_in(file)) == 1


def test_a_link_that_is_down_is_listened_on_when_it_comes_up(lab: Up, tmp_path: Path) -> None:
    file = tmp_path / "up.pcapng"
    run("ip", "-n", lab("h1"), "link", "set", "eth0", "down")
    with capturing(lab.name, "--on", "h1", "-f", "ether proto 0x88b5", "-w", file) as capture:
        run("ip", "-n", lab("h1"), "link", "set", "eth0", "up")
        emit((lab("h1"), "eth0"), *marked(1))
        run("ip", "-n", lab("h1"), "link", "set", "eth0", "down")
        capture.wait_for("h1:eth0 went down")
        run("ip", "-n", lab("h1"), "link", "set", "eth0", "up")
        emit((lab("h1"), "eth0"), *marked(2))
        assert capture.end().count("went down") == 1
    assert [data[-1] for data in bytes_in(file)] == [1, 2]


def test_tshark_reads_it_while_it_grows(lab: Up, tmp_path: Path) -> None:
    file = tmp_path / "grows.pcapng"
    with capturing(lab.name, "-f", "ether proto 0x88b5", "--on", "h1", "-w", file) as capture:
        for number in range(1, 4):
            emit((lab("h1"), "eth0"), *marked(number))
            while len(tshark(file, "frame.number")) < number:
                assert capture.process.poll() is None
        capture.end()


def test_a_pipe_into_tshark_shows_frames_as_they_come_and_its_end_is_quiet(lab: Up) -> None:
    read, write = os.pipe()
    words = ("tshark", "-n", "-l", "-i", "-", "-T", "fields", "-e", "frame.interface_name", "-e", "frame.len")
    with subprocess.Popen(words, stdin=read, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as reader:
        os.close(read)
        with capturing(lab.name, "--on", "h1", "-f", "ether proto 0x88b5", "-w", "-", stdout=write) as capture:
            os.close(write)
            assert reader.stdout is not None
            for _ in range(2):
                emit((lab("h1"), "eth0"), *marked(1))
                assert reader.stdout.readline().split() == ["h1:eth0", "60"]
            reader.terminate()
            told = capture.end(None, status=1)
            assert len(told.splitlines()) == 1, told


def test_the_reader_of_the_view_may_go(lab: Up) -> None:
    read, write = os.pipe()
    with capturing(lab.name, "--on", "h1", stdout=write) as capture:
        os.close(write)
        os.close(read)
        assert len(capture.end(None, status=1).splitlines()) == 1


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        ((), 0, "its time is over"),
        (("-w", "/dev/null"), 0, "its time is over"),
        (("-w", "-"), 2, "vxlab: standard output is closed\n"),
    ],
)
def test_standard_output_may_be_closed(lab: Up, words: tuple[str, ...], status: int, says: str) -> None:
    program = [*VXLAB, "capture", lab.name, "--duration", "0.3", *words]
    ended = run("sh", "-c", 'exec "$@" >&-', "sh", *program, status=status)
    assert says in ended.stderr and "should not happen" not in ended.stderr


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "disk"
    place.mkdir()
    mount("small", str(place), "tmpfs", 0)
    run("mount", "-o", "remount,size=64k", place)
    yield place
    umount2(str(place), 0)


def test_a_disk_that_fills_leaves_a_file_that_can_be_read(lab: Up, small_disk: Path, flood: object) -> None:
    file = small_disk / "full.pcapng"
    with capturing(lab.name, "-w", file) as capture:
        told = capture.end(None, status=1)
    size, frames = re.findall(r"the disk is full. It has (\d+) bytes with (\d+) whole frames", told)[0]
    assert file.stat().st_size == int(size) > 60_000
    assert len(tshark(file, "frame.number")) == int(frames) > 100


@pytest.mark.parametrize(
    ("words", "status", "says"),
    [
        (("--on", "h3"), 2, "there is no node h3 in lab multicast"),
        (("--on", "h1:eth1"), 2, "node h1 has no link eth1; did you mean eth0?"),
        (("--on", ""), 2, "there is no node in ''"),
        (("--on", ":eth0"), 2, "there is no node in ':eth0': it is NODE or NODE:LINK"),
        (("--on", "h1:"), 2, "there is no link in 'h1:': it is h1 or h1:LINK"),
        (("-f", ""), 2, "the filter is empty"),
        (("-f", "udp prot 4789"), 2, "the filter 'udp prot 4789' does not compile: "),
        (("-f", "host nobody"), 2, "unknown host 'nobody'"),
        (("-f", "a\0b"), 2, "a filter has no zero bytes"),
        (("-f", " or ".join(f"ether[{n}] = 1" for n in range(2100))), 2, "the filter is too long"),
        (("-w", "/"), 2, "/ cannot be written: Is a directory"),
        (("-w", "/nowhere/a.pcapng"), 2, "/nowhere/a.pcapng cannot be written: No such file or directory"),
        (("-w", "/dev/full", "--duration", "0.01"), 1, "/dev/full cannot be written: the disk is full"),
        (("-w", "-", "--json"), 2, "standard output has the capture already"),
        (("--count", "0"), 2, "--count"),
        (("--snaplen", "9999999"), 2, "--snaplen"),
    ],
)
def test_bad_input(lab: Up, words: tuple[str, ...], status: int, says: str) -> None:
    if any("\0" in word for word in words):
        from vxlab.packets.errors import FilterError

        with pytest.raises(FilterError, match=says):
            bpf.compiled(words[1], linktypes.ETHERNET, 100)
        return
    answer = vxlab("capture", lab.name, *words, status=status)
    assert says in answer.stderr and "Traceback" not in answer.stderr and not answer.stdout


def test_a_lab_that_is_not_up() -> None:
    assert "no lab nolab is up" in vxlab("capture", "nolab", status=2).stderr


def test_a_terminal_gets_no_file(lab: Up) -> None:
    main, terminal = os.openpty()
    answer = forked.run("capture", lab.name, "-w", "-", timeout=60, capture_output=False, stdout=terminal, stderr=-1)
    os.close(terminal)
    os.close(main)
    assert answer.returncode == 2 and "standard output is a terminal" in answer.stderr


FILTERS = ["udp port 4789", "vlan 5 and arp", "icmp6", "inbound", "ether host 02:00:00:00:00:01", "greater 100", ""]


@pytest.mark.parametrize("expression", FILTERS)
def test_libpcap_and_tcpdump_compile_the_same(expression: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with_library = bpf.compiled(expression, linktypes.ETHERNET, 1234)
    monkeypatch.setattr(bpf, "_library", lambda: None)
    assert bpf.compiled(expression, linktypes.ETHERNET, 1234) == with_library
    monkeypatch.setenv("PATH", "/nowhere")
    if expression:
        with pytest.raises(bpf.NoCompilerError):
            bpf.compiled(expression, linktypes.ETHERNET, 1234)


def test_without_libpcap_and_tcpdump_it_says_so(lab: Up, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bpf, "_library", lambda: None)
    answer = vxlab("capture", lab.name, "-f", "udp prot 4789", status=2)
    assert "syntax error" in answer.stderr
    monkeypatch.setenv("PATH", "/nowhere")
    answer = vxlab("capture", lab.name, "-f", "arp", status=1)
    assert answer.stderr == "vxlab: a filter needs libpcap or tcpdump to compile it, and neither is installed\n"
    assert vxlab("capture", lab.name, "--duration", "0.01").returncode == 0


def test_the_view_says_what_inspect_says(lab: Up, tmp_path: Path) -> None:
    file = tmp_path / "view.pcapng"
    words = (lab.name, "--on", "h1", "--on", "vtep1:eth0", "-f", "arp or icmp or udp port 4789")
    with capturing(*words, "-w", file) as writer, capturing(*words) as viewer, capturing(*words, "--json") as lines:
        ping(lab)
        for one in (viewer, lines, writer):
            one.end()
    inspected = vxlab("inspect", file, "--lab", lab.name).stdout.splitlines()
    shown = viewer.out.splitlines()
    assert shown[0] == inspected[0] and len(shown) == len(inspected) > 6
    for mine, other in zip(shown[1:], inspected[1:], strict=True):
        assert mine[20:] == other[20:] and mine[:6] == other[:6] and mine[38:41].strip() in ("in", "out")
    told = [json.loads(line) for line in lines.out.splitlines()]
    theirs = tshark(file, "frame.interface_name", "frame.packet_flags_direction", "vxlan.vni", "arp.opcode")
    ways = {"in": "0x00000001", "out": "0x00000002"}
    assert [
        (one["interface"], ways[one["direction"]], str(one["outer"][0]["vni"] if one["outer"] else "")) for one in told
    ] == [one[:3] for one in theirs]
    assert [one["number"] for one in told] == [*range(1, len(theirs) + 1)]
    assert all(one["dropped_before"] == 0 for one in told)


def test_frames_are_kept_whole_unless_it_is_said() -> None:
    assert capture_command._SNAPLEN == MAX_SNAPLEN > 65536 + 14


def test_snaplen_keeps_the_length_on_the_wire(lab: Up, tmp_path: Path) -> None:
    file = tmp_path / "snap.pcapng"
    with capturing(lab.name, "--on", "vtep1:h1", "--snaplen", "40", "-w", file) as capture:
        emit((lab("h1"), "eth0"), *marked(1), TAGS[1])
        capture.end()
    assert "Capture length = 40" in capinfos(file)
    assert tshark(file, "frame.cap_len", "frame.len", only="eth.src == 02:00:00:00:00:0a") == [
        ("40", "60"),
        ("40", "64"),
    ]


def test_what_the_kernel_drops_is_counted_and_told(lab: Up, tmp_path: Path) -> None:
    """The program is stopped while more frames come than its ring has room for."""
    file = tmp_path / "drops.pcapng"
    many = 10_000
    words = (lab.name, "--on", "h1", "--buffer", "1", "-f", "ether proto 0x88b5", "-w", file, "--json")
    with capturing(*words) as capture:
        capture.process.send_signal(signal.SIGSTOP)
        emit((lab("h1"), "eth0"), *marked(*range(many)))
        capture.process.send_signal(signal.SIGCONT)
        emit((lab("h1"), "eth0"), *marked(many))
        capture.wait_for("the kernel drops frames")
        emit((lab("h1"), "eth0"), *marked(many + 1))
        told = capture.end()
    counts = json.loads(capture.out)
    (link,) = counts["interfaces"]
    written = tshark(file, "frame.drop_count")
    assert 0 < link["dropped"] == counts["dropped"] < many
    assert len(written) == link["frames"] and link["frames"] + link["dropped"] == link["accepted"] == many + 2
    assert sum(int(count or 0) for (count,) in written) == link["dropped"]
    assert f"Number of Packets Dropped by OS = {link['dropped']}" in structure(file)
    assert f"{link['dropped']} dropped by the kernel" in told
    room = max(1024**2, FEWEST_BLOCKS * BLOCK)
    assert link["frames"] * 60 < room


def test_a_view_that_is_too_slow_tells_so(lab: Up) -> None:
    many = 12_000
    with capturing(lab.name, "--on", "h1", "--buffer", "1", "-f", "ether proto 0x88b5") as capture:
        capture.process.send_signal(signal.SIGSTOP)
        emit((lab("h1"), "eth0"), *marked(*range(many)))
        capture.process.send_signal(signal.SIGCONT)
        told = capture.end()
    shown = counts_in(told).get("h1:eth0", 0)
    left = int((re.findall(r"(\d+) more were caught", told) or ["0"])[0])
    dropped = int(re.findall(r"(\d+) dropped by the kernel", told)[0])
    assert shown + left + dropped == many and dropped > 0
    assert len(capture.out.splitlines()) == shown + 1


MANY = """
name: many
underlay: {kind: switch, subnet: 192.168.8.0/24}
segments: {blue: {vni: 42, mode: multicast, group: 239.1.1.42, subnet: 10.20.0.0/24}}
vteps: {"vtep[1-25]": {}}
hosts: {"h[1-25]": {vtep: "vtep[1-25]"}}
"""


def test_a_hundred_links_at_once(up: BringUp, tmp_path: Path) -> None:
    topology, file = tmp_path / "many.yaml", tmp_path / "many.pcapng"
    topology.write_text(MANY)
    lab = up(topology)
    with capturing(lab.name, "-f", "arp or udp port 4789", "-w", file) as capture:
        emit((lab("h1"), "eth0"), TO_ALL + bytes.fromhex("0806") + bytes(46))
        while len(seen := set(tshark(file, "frame.interface_name", only="arp"))) < 1 + 24 * 3:
            assert capture.process.poll() is None
        told = capture.end()
    assert {(f"h{number}:eth0",) for number in range(1, 26)} <= seen
    assert "Strict time order:   True" in capinfos(file) and "0 dropped by the kernel" in told
    assert len(re.findall(r"Name = ", capinfos(file))) > 120


def test_links_that_are_no_ethernet_are_raw_ip(lab: Up, tmp_path: Path) -> None:
    file = tmp_path / "raw.pcapng"
    words = ("gpe0", "type", "vxlan", "external", "gpe", "dstport", "4790")
    run("ip", "-n", lab("vtep1"), "link", "add", *words)
    run("ip", "-n", lab("vtep1"), "link", "set", "gpe0", "up")
    run("ip", "-n", lab("vtep1"), "addr", "add", "198.51.100.1/24", "dev", "gpe0")
    ping_words = ("ping", "-c", "1", "-W", "0.01", "198.51.100.2")
    with capturing(lab.name, "--on", "vtep1:gpe0", "--on", "h1", "-f", "icmp", "-w", file) as capture:
        run("ip", "netns", "exec", lab("vtep1"), *ping_words, status=None)
        capture.end()
    assert tshark(file, "frame.interface_name", "ip.dst") == [("vtep1:gpe0", "198.51.100.2")]
    assert "Encapsulation = Raw IP" in capinfos(file)
    # A filter that no such link can match is one for the others.
    with capturing(lab.name, "--on", "vtep1:gpe0", "--on", "h1", "-f", "arp", "-w", file) as capture:
        run("ip", "netns", "exec", lab("vtep1"), *ping_words, status=None)
        emit((lab("h1"), "eth0"), TO_ALL + bytes.fromhex("0806") + bytes(46))
        capture.end()
    assert {link for (link,) in tshark(file, "frame.interface_name")} == {"h1:eth0"}


def test_frames_of_several_links_are_merged_by_time(lab: Up, tmp_path: Path) -> None:
    """With traffic on all links, nobody has to wait for its end: each instant of the file is in order."""
    file = tmp_path / "merged.pcapng"
    # The traffic begins when all links are listened on, or so many frames might pass the first ones before that.
    with capturing(lab.name, "-w", file, "--count", "10000") as capture, flooding(lab):
        capture.end(None)
    times = [int(time.replace(".", "")) for (time,) in tshark(file, "frame.time_epoch")]
    assert len(times) == 10000 and all(one <= other for one, other in pairwise(times))
    assert len(set(tshark(file, "frame.interface_name"))) > 2


def test_the_listener_of_another_program_is_left_alone(lab: Up, tmp_path: Path) -> None:
    """Two captures of one lab at once see the same."""
    one, other = tmp_path / "one.pcapng", tmp_path / "other.pcapng"
    with (
        capturing(lab.name, "-f", "ether proto 0x88b5", "-w", one) as first,
        capturing(lab.name, "-f", "ether proto 0x88b5", "-w", other) as second,
    ):
        emit((lab("h1"), "eth0"), *marked(*range(20)))
        first.end()
        second.end()
    fields = ("frame.interface_name", "frame.time_epoch", "frame.len")
    assert len(tshark(one, *fields)) == len(tshark(other, *fields)) > 100
