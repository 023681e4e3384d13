"""Text and files that somebody wrote to do harm, and what a run of vxlab may take and print when it meets them."""

import os
import re
import resource
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import IO

from tests import forked

CPU_SECONDS = 2.0
MEMORY = 200_000_000
PATIENCE = 60.0
"""Seconds after which a run hangs: other programs may have the processor."""

MARK = "vxlab-was-here"
"""What an injected command would leave behind, as a file in the current directory."""

WORDS = {
    "command": f"$(touch {MARK})",
    "backticks": f"`touch {MARK}`",
    "semicolon": f"; touch {MARK} ;",
    "ampersand": f"& touch {MARK} &",
    "pipe": f"| touch {MARK} |",
    "newline": f"x\ntouch {MARK}\n",
    "return": f"x\r\ntouch {MARK}\r\n",
    "single quote": f"'; touch {MARK}; '",
    "double quote": f'"; touch {MARK}; "',
    "here-document": f"x\nEND\ntouch {MARK}\n",
    "redirection": f"> {MARK}",
    "backslash": f"\\\ntouch {MARK}",
    "variable": "${HOME} $PATH $1 $@",
    "glob": "* ? [a-z] ~",
    "path": "../../../../tmp/x",
    "absolute": "/etc/passwd",
    "dots": "..",
    "option": "--all",
    "dash": "-",
    "format": "%s%n%d{0}{}{0.__class__}%(x)s",
    "colour": "\x1b[31mred\x1b[0m",
    "clear": "\x1b[2J\x1b[H",
    "title": "\x1b]0;title\x07",
    "link": "\x1b]8;;http://192.0.2.1/\x1b\\click\x1b]8;;\x1b\\",
    "c1": "\x9b31mred",
    "bell": "\x07\x08\x7f",
    "bidi": "\u202eabc\u2066def\u2069\u200f",
    "separator": "a\u2028b\u2029c\x85d",
    "template": "{{ 7 * 7 }}{% for x in y %}",
    "script": "</script></style><script>alert(1)</script>",
    "comment": "--><!--",
    "cdata": "]]></svg>",
    "attribute": '" onload="alert(1)',
    "markdown": "`` ``` [x](javascript:alert(1)) <b>",
    "mermaid": "x\nend\nclick a callback",
    "nul": "a\0b",
    "surrogate": "a\udcffb",
    "long": "x" * 100_000,
    "wide": "\U0001f3f4" * 50,
}
"""By what each would do where it is believed."""

_ACTS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Ended:
    """A run that ended by itself. ``cpu`` is in seconds, ``memory`` the most that was resident, in bytes."""

    status: int
    out: str
    err: str
    cpu: float
    memory: int

    def is_harmless(self) -> "Ended":
        """See that nothing it printed acts upon a terminal, or says that vxlab itself is broken."""
        for told in (self.out, self.err):
            found = _ACTS.search(told)
            assert not found, f"{found[0]!r} in {told[max(found.start() - 40, 0) : found.end() + 40]!r}"
        assert "Traceback" not in self.err and "should not happen" not in self.err, self.err
        assert self.status in (0, 1, 2), (self.status, self.err)
        return self

    def is_refused(self) -> "Ended":
        assert self.is_harmless().status == 2 and self.err, (self.status, self.out[:200])
        return self

    def is_modest(self) -> "Ended":
        assert self.cpu < CPU_SECONDS and self.memory < MEMORY, (self.cpu, self.memory)
        return self


_METER = """
import os, sys
child = os.posix_spawn(sys.executable, [sys.executable, *sys.argv[2:]], os.environ)
_, status, used = os.wait4(child, 0)
with open(sys.argv[1], "w") as file:
    file.write(f"{used.ru_utime + used.ru_stime} {used.ru_maxrss}")
os._exit(os.waitstatus_to_exitcode(status) % 256)
"""
"""A small program that starts a large one: what is started by a fork counts the memory of its parent as its own."""


def run(*words: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Ended:
    """Run vxlab as a program of its own, and measure it."""
    with TemporaryFile() as out, TemporaryFile() as err, NamedTemporaryFile() as meter:
        process = subprocess.Popen(
            [sys.executable, "-c", _METER, meter.name, "-m", "vxlab", *words],
            stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=cwd, start_new_session=True,
            env={**(os.environ if env is None else env), "PYTHONPATH": os.pathsep.join(sys.path)},
        )  # fmt: skip
        ended = select.select([os.pidfd_open(process.pid)], [], [], PATIENCE)[0]
        if not ended:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        assert ended, f"{words} hangs"
        told = [text(stream) for stream in (out, err)]
        cpu, memory = meter.read().split()
        return Ended(process.returncode, *told, float(cpu), int(memory) * 1024)


def quick(*words: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None, given: str = "") -> Ended:
    """Run vxlab by a fork, as most tests do: what it printed counts, and its time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    ended = forked.run(
        *words, timeout=PATIENCE, cwd=cwd, env=env, text=False, input=given.encode(errors="surrogateescape")
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert cpu < CPU_SECONDS, (words, cpu)
    return Ended(ended.returncode, ended.stdout.decode(), ended.stderr.decode(), cpu, 0)


def text(stream: IO[bytes]) -> str:
    stream.seek(0)
    return stream.read().decode()
