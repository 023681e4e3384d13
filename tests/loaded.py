"""Which modules a command of vxlab loads."""

import re
import subprocess
import sys
from pathlib import Path


def loaded_by(*words: str | Path) -> set[str]:
    """The modules that vxlab has loaded when it ends, or becomes another program: the interpreter tells of each."""
    program = [sys.executable, "-v", "-m", "vxlab", *words]
    told = subprocess.run(program, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stderr
    return set(re.findall(r"^import '(.+?)'", told.stderr, re.MULTILINE))
