"""What it was measured on."""

import os
import platform
import subprocess
from pathlib import Path


def machine() -> dict[str, str | int]:
    """Kernel, processor, CPUs, bytes of memory, and the versions of the programs that are measured."""
    return {
        "kernel": f"{platform.system()} {platform.release()}",
        "processor": _field(Path("/proc/cpuinfo"), "model name") or platform.machine(),
        "cpus": os.cpu_count() or 1,
        "memory": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        "python": platform.python_version(),
        "iproute2": _version("ip", "-V"),
        "mininet": _version("mn", "--version"),
    }


def in_words(found: dict[str, str | int]) -> str:
    """The machine in a line."""
    gigabytes = int(found["memory"]) / 1e9
    return f"{found['kernel']}, {found['cpus']} CPUs ({found['processor']}), {gigabytes:.0f} GB of memory"


def _field(file: Path, name: str) -> str:
    lines = (line.partition(":") for line in file.read_text().splitlines())
    return next((value.strip() for key, _, value in lines if key.strip() == name), "")


def _version(*words: str) -> str:
    try:
        said = subprocess.run(words, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return "not installed"
    # `ip` says it on standard output, `mn` on standard error.
    return (said.stdout + said.stderr).strip().rpartition("iproute2-")[2].partition(",")[0]
