"""A virtual machine that has this machine's files and another kernel, and runs one command."""

import os
import selectors
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.vm.kernel import MissingError

BOOT = 300
"""Seconds until its first words (guest.sh). By itself it takes 25; the tests of this machine may run beside it."""

ALL = 2400
"""Seconds until it has ended."""

PROGRAMS = {
    "vng": "virtme-ng of PyPI",
    "qemu-system-x86_64": "Debian's qemu-system-x86",
    "busybox": "Debian's busybox-static",
}
"""What it takes, and what has that."""

PATH = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
"""Where vng is, and what it calls."""

GUEST = Path(__file__).with_name("guest.sh")
FILES = "local,path=/,mount_tag=machine,security_model=none,readonly=on,multidevs=remap"
OPTIONS = (
    "--disable-kvm",
    "--force-9p",
    "--memory",
    "2G",
    "--cpus",
    "2",
    "--user",
    "root",
    f"--qemu-opts=-virtfs {FILES}",
)


class SilentError(Exception):
    """It did not say anything, or did not come to its end, in time."""


def run(kernel: Path, command: Sequence[str | Path], console: Path) -> int:
    """Boot a kernel, run a command as root in the current directory, and power off.

    What the command prints is printed; what the kernel says goes to the file ``console``.

    Returns:
        The exit status of the command; 255 where the kernel went down before that.

    Raises:
        MissingError: the program that does it is not there.
        SilentError: it did not boot, or it took too long; it is gone.
    """
    for program, package in PROGRAMS.items():
        if not shutil.which(program, path=PATH):
            raise MissingError(f"{program} is missing, which is in {package}: `make programs-vm` installs it")
    inside = shlex.join(map(str, ("unshare", "--mount", "sh", GUEST, *command)))
    words = ("vng", "--verbose", "--run", str(kernel), *OPTIONS, "--exec", inside)
    with _started(words, {**os.environ, "PATH": PATH}) as machine:
        _listen(machine, console)
        return machine.wait()


@contextmanager
def _started(words: Sequence[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A program that ends with this one, together with all that it starts."""
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(words, env=environment, start_new_session=True, **streams) as program:
        try:
            yield program
        finally:
            for end in (signal.SIGINT, signal.SIGKILL):
                with suppress(ProcessLookupError):
                    os.killpg(program.pid, end)
                with suppress(subprocess.TimeoutExpired):
                    program.wait(10)


def _listen(machine: subprocess.Popen[bytes], console: Path) -> None:
    """Pass on what it says, until it says no more."""
    start = time.monotonic()
    limit = BOOT
    with selectors.DefaultSelector() as streams, open(console, "wb") as log:
        streams.register(machine.stdout, selectors.EVENT_READ, sys.stdout.buffer)
        streams.register(machine.stderr, selectors.EVENT_READ, log)
        while streams.get_map():
            for key, _ in streams.select(max(0, start + limit - time.monotonic())):
                if said := os.read(key.fd, 65536):
                    key.data.write(said)
                    key.data.flush()
                else:
                    streams.unregister(key.fileobj)
                if key.fileobj is machine.stdout:
                    limit = ALL
            if time.monotonic() > start + limit:
                what = "has not booted" if limit == BOOT else "has not come to its end"
                raise SilentError(
                    f"the virtual machine {what} within {limit} seconds; {console} has its kernel's last words"
                )
