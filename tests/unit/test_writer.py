"""The pcapng files that vxlab writes, as tshark and capinfos read them."""

import subprocess
from pathlib import Path

import pytest

from vxlab.packets import linktypes
from vxlab.packets.files import open_capture, writer
from vxlab.packets.files.output import Output, WriteError
from vxlab.packets.files.writer import Counted, Described

MAC = bytes.fromhex("02000000000a")
START = 1_700_000_000_123_456_789
ETHER = bytes.fromhex("ffffffffffff 020000000001 88b5")
LINKS = [
    Described("h1:eth0", linktypes.ETHERNET, 130816, "udp port 4789 or (vlan)", MAC),
    Described("vtep1:gpe0", linktypes.RAW, 96),
]
IP4 = bytes.fromhex("4500001c 0000 0000 40fd 0000 0a000001 0a000002 0102030405060708")


def frames(*sizes: int) -> list[tuple[int, int, int, int, bytes, int]]:
    """A frame of each size, in one microsecond and one nanosecond steps."""
    return [
        (START + number * 1001, 0, number % 5, size + 7, (ETHER + bytes(size))[:size], 0)
        for number, size in enumerate(sizes)
    ]


def written(tmp_path: Path, taken: list[tuple[int, int, int, int, bytes, int]], *more: bytes) -> Path:
    file = tmp_path / "a.pcapng"
    head = writer.header("vxlab 1.2.3", "Linux 6.1", "lab näive", LINKS)
    file.write_bytes(b"".join((head, *writer.frames(taken), *more)))
    return file


def ask(*words: str | Path) -> str:
    answer = subprocess.run([*map(str, words)], capture_output=True, text=True, check=True)
    noise = "Running as user"
    assert all(noise in line for line in answer.stderr.splitlines()), answer.stderr
    return answer.stdout


def tshark(file: Path, *fields: str) -> list[list[str]]:
    options = [word for one in fields for word in ("-e", one)]
    return [line.split("\t") for line in ask("tshark", "-r", file, "-T", "fields", *options).splitlines()]


def structure(file: Path) -> str:
    return ask("tshark", "-r", file, "-X", "read_format:MIME Files Format", "-V")


def test_sizes_times_and_ways_are_read_back(tmp_path: Path) -> None:
    sizes = (14, 15, 16, 17, 60, 61, 1514, 65549)
    taken = frames(*sizes)
    read = tshark(
        written(tmp_path, taken), "frame.time_epoch", "frame.cap_len", "frame.len", "frame.packet_flags_direction",
        "frame.packet_flags_reception_type",
    )  # fmt: skip
    ways = [("0x00000001", "1"), ("0x00000001", "3"), ("0x00000001", "2"), ("0x00000001", "4"), ("0x00000002", "0")]
    assert read == [
        [f"{(START + n * 1001) // 10**9}.{(START + n * 1001) % 10**9:09d}", str(size), str(size + 7), *ways[n % 5]]
        for n, size in enumerate(sizes)
    ]


def test_interfaces_are_named_and_say_what_was_caught_on_them(tmp_path: Path) -> None:
    taken = [*frames(60), (START + 5, 1, 0, 28, IP4, 0)]
    file = written(tmp_path, taken)
    told = ask("capinfos", file)
    for text in (
        "Name = h1:eth0", "Name = vtep1:gpe0", "Encapsulation = Raw IP", "Time precision = nanoseconds (9)",
        "Capture length = 96", "Capture application: vxlab 1.2.3", "Capture oper-sys:    Linux 6.1",
        "Capture comment:     lab näive", "Strict time order:   True",
    ):  # fmt: skip
        assert text in told, text
    assert tshark(file, "frame.interface_name", "ip.dst") == [["h1:eth0", ""], ["vtep1:gpe0", "10.0.0.2"]]
    assert "udp port 4789 or (vlan)" in structure(file) and "02:00:00:00:00:0a" in structure(file)


def test_drops_stand_before_the_frame_and_in_the_statistics(tmp_path: Path) -> None:
    first, second = frames(60, 61)
    counted = writer.statistics([Counted(0, 44, 42, 2), Counted(1, 0, 0, 0)], START, START + 10**9)
    file = written(tmp_path, [first, (*second[:5], 42)], counted)
    assert tshark(file, "frame.drop_count") == [[""], ["42"]]
    assert "Number of stat entries = 1" in ask("capinfos", file)
    told = " ".join(structure(file).split())
    for text in (
        "Number of Received Packets = 44", "Number of Accepted Packets = 44", "Number of Dropped Packets = 42",
        "Number of Packets Dropped by OS = 42", "Number of Packets Delivered to the User = 2",
    ):  # fmt: skip
        assert text in told, text


def test_vxlab_reads_what_it_writes(tmp_path: Path) -> None:
    taken = frames(60, 61, 62)
    with open_capture(str(written(tmp_path, taken))) as capture:
        read = list(capture)
    assert [(frame.time, frame.wire, frame.data, frame.interface.name) for frame in read] == [
        (time, wire, data, "h1:eth0") for time, _, _, wire, data, _ in taken
    ]


@pytest.mark.parametrize("cut", range(1, 200, 13))
def test_a_cut_is_found_behind_the_last_whole_block(cut: int) -> None:
    blocks = b"".join(writer.frames(frames(60, 61, 62, 200)))
    lengths = [len(b"".join(writer.frames([frame]))) for frame in frames(60, 61, 62, 200)]
    at, count = writer.whole(blocks[: len(blocks) - cut])
    assert at == sum(lengths[:count]) <= len(blocks) - cut < at + [*lengths, 0][count]


def test_a_full_disk_leaves_whole_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some bytes of the second write fit, and then none."""
    file = tmp_path / "full.pcapng"
    room = [100_000, 150]

    def short(fd: int, data: memoryview) -> int:
        if not room:
            raise OSError(28, "No space left on device")
        return write(fd, data[: room.pop(0)])

    from vxlab.packets.files import output

    write = output.os.write
    with file.open("wb", buffering=0) as raw:
        out = Output("full.pcapng", raw.fileno())
        monkeypatch.setattr(output.os, "write", short)
        out.write(writer.header("vxlab", "Linux", "lab", LINKS))
        with pytest.raises(WriteError, match=r"the disk is full\. It has .* bytes with 1 whole frame"):
            out.write(b"".join(writer.frames(frames(60, 61, 62))), 3)
        monkeypatch.undo()
    assert len(tshark(file, "frame.len")) == 1
