"""vagrant/provision.sh on a Debian that nothing else has been installed on, and a lab with what it installed.

The tree is made by debootstrap; in it holds what this machine's apt and pip are told, so that packages come from where
they come from here. VXLAB_TREE names a directory that keeps it for the next time; there may be another release in it,
or Ubuntu.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.conftest import ROOT

pytestmark = pytest.mark.machines

SUITE = "bookworm"
TIMEOUT = 600
CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
OWN_CERTIFICATES = "etc/trusted-here.crt"
BY_PIP = Path("/etc/pip.conf")

ENTER = """
set -eu
mount --make-rprivate /
cd "$TREE"
mount -t proc proc proc
mount -t sysfs sysfs sys
mount --bind /dev dev
mount -t tmpfs run run
mount --bind "$SOURCE" vxlab
for place in $PLACES; do mount --bind "$place" "./$place"; done
exec chroot . "$@"
"""
"""Become a program in the tree, in mounts of its own that end with it."""


def run(*words: str | Path, env: Mapping[str, str] | None = None) -> str:
    ended = subprocess.run([*map(str, words)], capture_output=True, text=True, timeout=TIMEOUT, env=env, check=False)
    assert ended.returncode == 0, f"{' '.join(ended.args)}\n{ended.stdout}\n{ended.stderr}"
    return ended.stdout


def told_to_pip() -> list[str]:
    """The lines of a configuration file with what pip is told here, by whatever file or variable."""
    told = run(sys.executable, "-m", "pip", "config", "list").splitlines()
    pairs = [line.split("=", 1) for line in told]
    names = {name.rpartition(".")[2]: value.strip("'").replace("\\n", " ") for name, value in pairs}
    return [f"{name} = {value}" for name, value in names.items() if name != "cert"]


def places(lines: list[str]) -> list[str]:
    """The directories that are named there; an index tells of files beside it."""
    words = [word for line in lines for word in line.split()]
    named = [word for word in words if word.startswith("/")]
    named += [str(Path(word.removeprefix("file://")).parent) for word in words if word.startswith("file:///")]
    return [place for place in dict.fromkeys(named) if Path(place).is_dir()]


def release(root: Path) -> str:
    """Which distribution there is below a directory, and which release of it (os-release(5))."""
    lines = (root / "etc/os-release").read_text().splitlines()
    return " ".join(sorted(line for line in lines if line.startswith(("ID=", "VERSION_CODENAME="))))


class Tree:
    """A Debian in a directory, in which programs are run."""

    def __init__(self, root: Path) -> None:
        self.root = root
        lines = told_to_pip()
        self._places = places(lines)
        for place in ("vxlab", *self._places):
            (root / place.lstrip("/")).mkdir(parents=True, exist_ok=True)
        (root / BY_PIP.relative_to("/")).write_text("\n".join(["[global]", *lines, ""]))
        shutil.copy(CERTIFICATES, root / OWN_CERTIFICATES)
        shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
        if release(root) == release(Path("/")):
            self._take_over_apt()

    def _take_over_apt(self) -> None:
        for part in ("sources.list", "sources.list.d", "apt.conf.d", "trusted.gpg.d"):
            there, here = self.root / "etc/apt" / part, Path("/etc/apt") / part
            if there.is_file():
                there.unlink()
            if here.is_dir():
                shutil.copytree(here, there, dirs_exist_ok=True)
            elif here.exists():
                shutil.copy(here, there)
        shutil.copytree("/usr/share/keyrings", self.root / "usr/share/keyrings", dirs_exist_ok=True)

    def run(self, *words: str, apart: bool = False) -> str:
        """What a program prints; ``apart``: in a network namespace of its own."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "PYTHON"))}
        own |= {name: f"/{OWN_CERTIFICATES}" for name, value in own.items() if value == str(CERTIFICATES)}
        own |= {
            "TREE": str(self.root),
            "SOURCE": str(ROOT),
            "PLACES": " ".join(self._places),
            "PIP_CERT": f"/{OWN_CERTIFICATES}",
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        }
        return run("unshare", "-m", *(["-n"] if apart else []), "sh", "-c", ENTER, "sh", *words, env=own)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tree]:
    kept = os.environ.get("VXLAB_TREE")
    root = Path(kept) if kept else tmp_path_factory.mktemp("debian")
    if not (root / "etc/debian_version").exists():
        run("debootstrap", "--variant=minbase", SUITE, root)
    yield Tree(root)
    if not kept:
        shutil.rmtree(root)


def installed(tree: Tree) -> dict[str, list[str]]:
    """What provisioning leaves behind: packages, Python packages, and files beside those."""
    found = tree.run("find", "/usr/local", "-not", "-name", "*.pyc", "-printf", "%p %l\n")
    return {
        "packages": tree.run("dpkg-query", "-W").splitlines(),
        "python": tree.run("/opt/vxlab/bin/python", "-m", "pip", "list", "--format=freeze").splitlines(),
        "files": sorted(found.splitlines()),
    }


def test_provisioning_is_done_again_without_a_difference_and_what_it_installs_works(tree: Tree) -> None:
    for _ in range(2):
        assert "vxlab is installed" in tree.run("sh", "/vxlab/vagrant/provision.sh")
    before = installed(tree)
    tree.run("sh", "/vxlab/vagrant/provision.sh")
    assert installed(tree) == before
    library = "/usr/local/share/vxlab/topologies"
    script = f"vxlab up {library}/multicast.yaml && vxlab verify multicast && vxlab down multicast"
    told = tree.run("sh", "-c", f"ip link set lo up && {script}", apart=True)
    assert "lab multicast: proved" in told and told.endswith("lab multicast is down\n")
    assert "lab three-machines" in tree.run("vxlab", "validate", f"{library}/three-machines.yaml")
