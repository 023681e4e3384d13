"""Who builds a network: vxlab, the floor, the script and the batch form that vxlab prints, and Mininet.

A contender is prepared for a network first, which is not measured. What it then does is: bring it up, and take it down.
"""

import subprocess
import sys
import time
from abc import ABC, abstractmethod
from pathlib import Path

from benchmarks.networks import Network
from benchmarks.timing import FailedError, Run, failure, timed

VXLAB = (str(Path(sys.executable).with_name("vxlab")),)
FLOOR = (sys.executable, "-I", "-S", str(Path(__file__).parent / "floor"))
_NAMES = Path("/run/netns")


class Contender(ABC):
    """Builds one network. All methods raise FailedError where it does not work out."""

    def __init__(self, network: Network, folder: Path) -> None:
        self.network = network
        self.file = folder / f"{network.label}.yaml"
        self.file.write_text(network.topology)
        self.prepare()

    def prepare(self) -> None:  # noqa: B027 most need nothing
        """Make what it needs, which is not measured."""

    @abstractmethod
    def up(self) -> Run: ...

    @abstractmethod
    def down(self) -> Run: ...

    def status(self) -> Run:
        """Read everything back and show it."""
        raise NotImplementedError

    def verify(self) -> Run:
        """Prove from packets that it works."""
        raise NotImplementedError


class Vxlab(Contender):
    def up(self) -> Run:
        return timed(*VXLAB, "up", self.file)

    def down(self) -> Run:
        """Until every name is gone and the next `up` may start."""
        run = timed(*VXLAB, "down", "bench")
        if left := names():
            raise FailedError(f"vxlab down left {len(left)} namespaces, such as {left[0]}")
        return run

    def status(self) -> Run:
        return timed(*VXLAB, "status", "bench")

    def verify(self) -> Run:
        return timed(*VXLAB, "verify", "bench")


class Floor(Contender):
    def up(self) -> Run:
        return timed(*FLOOR, "up", str(self.network.size))

    def down(self) -> Run:
        return timed(*FLOOR, "down")


class Script(Contender):
    """The commands that `vxlab cheatsheet` prints, run by sh: a process for each."""

    options: tuple[str, ...] = ()

    def prepare(self) -> None:
        self.script = self.file.with_suffix(".sh" if not self.options else ".batch.sh")
        words = (*VXLAB, "cheatsheet", str(self.file), *self.options)
        printed = subprocess.run(words, capture_output=True, text=True, check=False)
        if printed.returncode:
            raise FailedError(failure(words, printed.returncode, printed.stderr))
        self.script.write_text(printed.stdout)

    def up(self) -> Run:
        return timed("sh", self.script)

    def down(self) -> Run:
        return timed("sh", self.script, "--teardown")


class Batch(Script):
    """The same with `ip -batch` and `bridge -batch`: a process for each namespace and round."""

    options = ("--batch",)


_MININET = """
import sys
from mininet.log import setLogLevel
from mininet.net import Mininet
from mininet.nodelib import LinuxBridge
from mininet.topo import SingleSwitchTopo
setLogLevel("critical")
net = Mininet(SingleSwitchTopo(int(sys.argv[1])), switch=LinuxBridge, controller=None)
try:
    net.start()
    print("started", flush=True)
    sys.stdin.read()
finally:
    net.stop()
"""


class Mininet(Contender):
    """As many hosts on one Linux bridge, which is a smaller network: half the namespaces, and no tunnels.

    Its program has started when net.start() has returned, and stops when its input ends.
    """

    def prepare(self) -> None:
        self.program: subprocess.Popen[bytes] | None = None
        for needed in ("mn", "brctl"):
            if subprocess.run(["which", needed], stdout=subprocess.DEVNULL, check=False).returncode:
                raise FailedError(f"{needed} is not installed")

    def up(self) -> Run:
        pipe = subprocess.PIPE
        words = ("/usr/bin/python3", "-c", _MININET, str(self.network.size))
        start = time.perf_counter()
        self.program = subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe)
        assert self.program.stdout
        line = self.program.stdout.readline()
        seconds = time.perf_counter() - start
        if line != b"started\n":
            _, errors = self.program.communicate()
            raise FailedError(failure(("Mininet",), self.program.returncode, errors.decode(errors="replace")))
        return Run(seconds, 0, 0)

    def down(self) -> Run:
        start = time.perf_counter()
        if self.program:
            self.program.communicate()
        return Run(time.perf_counter() - start, 0, 0)


CONTENDERS: dict[str, type[Contender]] = {
    "vxlab": Vxlab,
    "floor": Floor,
    "script": Script,
    "batch": Batch,
    "mininet": Mininet,
}


def names() -> list[str]:
    """The namespaces that have a name."""
    return sorted(path.name for path in _NAMES.iterdir()) if _NAMES.is_dir() else []
