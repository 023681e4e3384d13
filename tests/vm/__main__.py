"""The virtual bench:  python -m tests.vm [PYTEST ARGUMENTS]  runs the tests that are this bench's (tests/bench.py).

Exit status: that of pytest; 1 where the virtual machine cannot be had, or does not do its work; 130 after Ctrl-C.
"""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

from tests.vm import machine
from tests.vm.kernel import MissingError, image

ROOT = Path(__file__).parent.parent.parent
BUILD = ROOT / "build/vm"
WHERE = ("tests/kernel", "tests/vm")
SLOW = "VXLAB_SLOW=4"
"""How many times as long a test waits there for a program: in software everything takes ten times as long."""

PYTEST = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider")


def main(arguments: list[str]) -> int:
    kernel = image(BUILD)
    tests = BUILD / "tests"
    if status := chosen(tests, arguments):
        return status
    if not tests.read_text():
        return _said("no test is the virtual bench's")
    return machine.run(
        kernel, ["env", SLOW, *PYTEST, "-rfE", "--durations=12", "--bench=vm", f"@{tests}"], BUILD / "console"
    )


def chosen(tests: Path, arguments: list[str]) -> int:
    """Write to a file which tests are to run; collected here, where it takes a second."""
    # The bytecode that this makes is what the virtual machine runs.
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    words = [*PYTEST, "--collect-only", f"--list-vm={tests}", *(arguments or WHERE)]
    done = subprocess.run(words, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    nothing_to_run = 5
    if done.returncode in (0, nothing_to_run):
        return 0
    print(done.stdout, end="")
    return done.returncode


def _said(text: str) -> int:
    print(f"make test-vm: {text}", file=sys.stderr)
    return 1


def _end(number: int, _: object) -> NoReturn:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _end)
    os.chdir(ROOT)
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        _said("interrupted")
        sys.exit(130)
    except (MissingError, machine.SilentError) as error:
        sys.exit(_said(str(error)))
