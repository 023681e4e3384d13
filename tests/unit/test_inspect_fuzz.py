"""Frames and files with any bytes changed: `vxlab inspect` breaks on none, hangs on none, and keeps nothing of them."""

import gc
import json
import os
import random
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.unit.test_inspect import FILES, FRAMES, PORTS, assert_same, cooked, frame, mutated, read
from vxlab.packets import linktypes
from vxlab.packets.envelope import Unreadable, envelope
from vxlab.packets.files import CaptureFileError, Frame
from vxlab.packets.files.reader import CaptureFile
from vxlab.packets.files.source import Source
from vxlab.packets.names import Names
from vxlab.packets.summary import Summary, summarise
from vxlab.packets.text import lines

LIMIT = 3.0
"""Seconds of the processor's time that one input may take: a thousand times what any takes."""

GROWTH = 8 << 20
"""Bytes that the process may grow by: what the allocator leaves between objects, and no more."""

LINKS = (linktypes.ETHERNET, linktypes.ETHERNET, linktypes.RAW, linktypes.COOKED, linktypes.COOKED2, 147)


@pytest.fixture
def chance() -> random.Random:
    return random.Random(1)  # noqa: S311  the same inputs each time


@contextmanager
def watched() -> Iterator[None]:
    """End what takes longer than an input may."""

    def too_long(*_: object) -> None:
        raise AssertionError("an input hangs it")

    before = signal.signal(signal.SIGPROF, too_long)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def size() -> int:
    """The bytes of memory that this process has in use."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@contextmanager
def without_growth() -> Iterator[None]:
    before = size()
    yield
    assert size() - before < GROWTH


def inputs(chance: random.Random, count: int) -> Iterator[Frame]:
    """Frames, most of them with something changed, and some as if the capture had kept only their start."""
    bases = {linktypes.COOKED: cooked(linktypes.COOKED), linktypes.COOKED2: cooked(linktypes.COOKED2)}
    for number in range(count):
        linktype = LINKS[number % len(LINKS)]
        data = chance.choice(bases.get(linktype, FRAMES))
        if linktype == linktypes.RAW:
            data = data[14:]
        made = mutated(chance, data)
        signal.setitimer(signal.ITIMER_PROF, LIMIT)
        yield frame(made, len(made) + (0, 0, 50)[number % 3], linktype)


def test_a_hundred_thousand_frames_are_counted(chance: random.Random) -> None:
    """The fast path of the summary, and what it stands for, frame by frame."""
    with watched():
        summarise(inputs(chance, 5_000), PORTS, Summary())
        with without_growth():
            total = summarise(inputs(chance, 100_000), PORTS, Summary())
    assert total.total.frames == 100_000
    assert min(total.plain.frames, total.unreadable.frames, total.encapsulated.total.frames) > 10_000
    with watched(), without_growth():
        for one in inputs(chance, 100_000):
            counted = summarise([one], PORTS, Summary())
            try:
                found = envelope(one.interface.linktype, one.data, PORTS)
            except Unreadable:
                assert counted.unreadable.frames == 1
            else:
                assert counted.plain.frames == (found is None)
                assert list(counted.vnis) == ([] if found is None else [found.vni])


def test_every_frame_is_told(chance: random.Random) -> None:
    """The whole dissection: it covers each byte once, in printable words, and agrees with the fast path."""
    with watched():
        told(inputs(chance, 2_000), whole=True)
        with without_growth():
            told(inputs(chance, 8_000), whole=False)


def told(frames: Iterator[Frame], *, whole: bool) -> None:
    for one in frames:
        found = read(one)
        assert json.dumps(found.to_json()) and found.text.isprintable()
        covered = [layer for layer in found.layers.layers if layer.end > layer.offset]
        assert [layer.offset for layer in covered] == [0, *(layer.end for layer in covered[:-1])][: len(covered)]
        assert not covered or covered[-1].end == len(one.data)
        if len(one.data) == one.wire:
            assert_same(summarise([one], PORTS, Summary()), one)
        if found.layers.broken is not None:
            assert 0 <= found.layers.broken.offset <= len(one.data) and found.layers.broken.text in found.text
        if whole:
            shown = "\n".join(lines(found, Names()))
            assert shown.replace("\n", "").isprintable()
            json.dumps([layer.to_json() for layer in found.layers.layers])


def test_no_file_brings_it_down(chance: random.Random) -> None:
    """Each file ends whole or with a sentence; with what can be read of it, in whatever order it stands."""
    file = os.memfd_create("capture")
    names = list(FILES)
    ended = {"whole": 0, "cut": 0, "none": 0}
    with watched():
        read_all(file, [mutated(chance, FILES[name]) for name in names * 50], ended)
        with without_growth():
            read_all(file, (mutated(chance, FILES[names[number % len(names)]]) for number in range(25_000)), ended)
    os.close(file)
    assert min(ended.values()) > 500


def read_all(file: int, contents: Iterator[bytes] | list[bytes], ended: dict[str, int]) -> None:
    for content in contents:
        os.ftruncate(file, 0)
        os.pwrite(file, content, 0)
        os.lseek(file, 0, os.SEEK_SET)
        signal.setitimer(signal.ITIMER_PROF, LIMIT)
        try:
            total = summarise(CaptureFile("capture", Source(file)), PORTS, Summary()).total
            # No length that a file claims is believed: there are no more bytes in frames than in the file.
            assert total.frames * 12 <= len(content)
            ended["whole"] += 1
        except CaptureFileError as error:
            assert str(error).isprintable() and str(error).startswith("capture ")
            ended["cut" if error.status == 1 else "none"] += 1
