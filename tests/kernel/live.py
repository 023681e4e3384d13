"""Captures that run beside a test, and what tshark reads in their files."""

import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests import forked
from tests.kernel.conftest import TIMEOUT, run


@dataclass
class Running:
    """A program that listens."""

    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)
    out: str = ""

    def wait_for(self, text: str) -> None:
        """Read what it says on standard error up to a line with this text."""
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.said.append(line)
            if text in line:
                return
        raise AssertionError(f"it ended without {text!r}: {''.join(self.said)}")

    def end(self, how: signal.Signals | None = signal.SIGINT, status: int = 0) -> str:
        """Interrupt it, or wait; all that it said on standard error."""
        if how is not None:
            self.process.send_signal(how)
        out, rest = self.process.communicate(timeout=TIMEOUT)
        self.out = out or ""
        self.said.append(rest or "")
        text = "".join(self.said)
        assert self.process.returncode == status, text
        assert "Traceback" not in text
        return text


@contextmanager
def _listening(started: Mapping[str, Any], ready: str) -> Iterator[Running]:
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(**(pipes | started)) as process:
        running = Running(process)
        try:
            running.wait_for(ready)
            yield running
        finally:
            if process.poll() is None:
                process.kill()


def listening(*words: str | Path, ready: str) -> AbstractContextManager[Running]:
    """A program from the moment on that it says it is ready."""
    return _listening({"args": [*map(str, words)]}, ready)


def capturing(*words: str | Path, **more: Any) -> AbstractContextManager[Running]:
    """``vxlab capture`` from the moment on that it listens."""
    return _listening(forked.program("capture", *words) | more, "capturing on")


def tcpdump(
    namespace: str, link: str, file: Path, expression: str, count: int | None = None, direction: str = "inout"
) -> AbstractContextManager[Running]:
    """tcpdump from the moment on that it listens; it ends by itself after so many frames."""
    most = ("-c", str(count)) if count else ()
    words = ["tcpdump", "-i", link, "--immediate-mode", "-U", "-Q", direction, *most, "-w", file]
    words += [expression] if expression else []
    return listening("ip", "netns", "exec", namespace, *words, ready="listening on")


COMPLAINTS = ("cut short", "damaged", "malformed", "warning", "appears", "isn't")


def tshark(file: Path, *fields: str, only: str = "", occurrence: str = "f") -> list[tuple[str, ...]]:
    """The fields of each frame as tshark reads them, the first of each or the last; it must not complain."""
    options = [word for one in fields for word in ("-e", one)]
    chosen = ("-Y", only) if only else ()
    answer = run("tshark", "-n", "-r", file, "-T", "fields", "-E", f"occurrence={occurrence}", *options, *chosen)
    complaints = [line for line in answer.stderr.splitlines() if any(word in line.lower() for word in COMPLAINTS)]
    assert not complaints, complaints
    return [tuple(line.split("\t")) for line in answer.stdout.splitlines()]


def capinfos(file: Path) -> str:
    answer = run("capinfos", file)
    assert not answer.stderr, answer.stderr
    return answer.stdout


def structure(file: Path) -> str:
    """What tshark says of the blocks of a pcapng file and their options."""
    return run("tshark", "-n", "-r", file, "-X", "read_format:MIME Files Format", "-V").stdout
