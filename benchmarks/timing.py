"""A command, run once and measured."""

import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Run:
    """What a command took, with everything that it started and waited for.

    ``seconds`` is the time from its start to its end, ``cpu`` the seconds that processors worked for it, ``memory`` the
    most bytes that one of its processes had in memory (getrusage(2)); that is never less than what this program has.
    """

    seconds: float
    cpu: float
    memory: int


class FailedError(Exception):
    """A command ended with another status than 0; its words and the last line that it wrote to standard error."""


def timed(*words: str | Path) -> Run:
    """Run a command from start to end.

    Raises:
        FailedError: it failed, or is not there.
    """
    with tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        try:
            process = subprocess.Popen([*map(str, words)], stdout=subprocess.DEVNULL, stderr=errors)
        except FileNotFoundError as error:
            raise FailedError(f"{words[0]} is not installed") from error
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            _ended(process)
            raise
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            raise FailedError(failure(words, process.returncode, errors.read().decode(errors="replace")))
    return Run(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def failure(words: Sequence[str | Path], status: int, errors: str) -> str:
    """One line on a command that failed."""
    said = errors.strip().splitlines()[-1:] or ["and says nothing"]
    program, *rest = map(str, words)
    return f"{Path(program).name} {' '.join(rest[:1])} ends with status {status}: {said[0]}"


def _ended(process: "subprocess.Popen[bytes]") -> None:
    """Let a command that is interrupted end in its own way: a Ctrl-C reached it too, and vxlab then takes back."""
    try:
        process.wait(timeout=30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
