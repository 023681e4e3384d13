"""Debian's kernel, for the virtual machine: downloaded and unpacked in this project's build/, never installed."""

import fcntl
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

META = "linux-image-amd64"
"""The package that depends on the one of the newest kernel."""


class MissingError(Exception):
    """Something that the virtual machine needs is not there."""


def image(cache: Path) -> Path:
    """The kernel's file in a directory of its own under ``cache``, with its modules where it expects them.

    Raises:
        MissingError: it is not there, and cannot be had.
    """
    cache.mkdir(parents=True, exist_ok=True)
    with _alone(cache):
        if not (found := _images(cache)):
            _fetch(cache)
            found = _images(cache)
    return found[-1]


def _images(cache: Path) -> list[Path]:
    return sorted(cache.glob("linux-image-*/boot/vmlinuz-*"))


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """Two may come at once."""
    with open(cache / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fetch(cache: Path) -> None:
    try:
        package = _download(cache / "unfinished")
    except MissingError:
        _run("apt-get", "update", "-qq")
        package = _download(cache / "unfinished")
    unpacked = cache / "unfinished/unpacked"
    (archive,) = unpacked.parent.glob("*.deb")
    _run("dpkg", "-x", archive, unpacked)
    for modules in unpacked.glob("lib/modules/*"):
        _run("depmod", "-b", unpacked, modules.name)  # what the package would do when it is installed
    unpacked.rename(cache / package)
    shutil.rmtree(unpacked.parent)


def _download(where: Path) -> str:
    """Have the package in a directory that is made for it; its name."""
    shutil.rmtree(where, ignore_errors=True)
    where.mkdir()
    told = _run("apt-cache", "depends", META).split()
    if "Depends:" not in told:
        raise MissingError(f"apt knows no package {META}: the virtual machine runs Debian's kernel for x86-64")
    package = told[told.index("Depends:") + 1]
    _run("apt-get", "download", "-qq", package, cwd=where)
    return package


def _run(*words: str | Path, cwd: Path | None = None) -> str:
    try:
        done = subprocess.run([*map(str, words)], cwd=cwd, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise MissingError(f"{error.filename} is missing: the virtual machine needs Debian's packages") from None
    if done.returncode:
        said = " ".join((done.stderr or done.stdout).split())
        raise MissingError(f"Debian's kernel cannot be had: {' '.join(map(str, words))}: {said}")
    return done.stdout
