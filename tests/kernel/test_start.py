"""What commands load that bring labs up, or find them running."""

import subprocess
import sys
from pathlib import Path

from tests.loaded import loaded_by

BESIDES = {"asyncio", "jinja2", "pydantic", "rich", "scapy", "sqlite3", "ssl", "unittest"}
"""Some of it would come with pyroute2, of which the messages alone are needed."""

NOT_NEEDED = BESIDES | {"pyroute2.netlink", "vxlab.topology", "yaml"}
"""What a command does not need that finds its lab running."""


def test_commands_load_nothing_that_they_do_not_need(tmp_path: Path) -> None:
    file = tmp_path / "pair.yaml"
    file.write_text("nodes: {a: {}, b: {}}\nlinks: [[a:eth0, b:eth0]]\n")
    loaded = loaded_by("up", file)
    assert "pyroute2.netlink" in loaded
    assert not BESIDES & loaded
    loaded = loaded_by("exec", "a", "--", "true")
    assert "vxlab.lab.record" in loaded
    assert not NOT_NEEDED & loaded
    loaded = loaded_by("down", "pair")
    assert "vxlab.lab.disk" in loaded
    assert not (NOT_NEEDED | {"vxlab.state.model"}) & loaded


def test_whoever_wants_more_of_pyroute2_than_messages_has_it() -> None:
    code = "import vxlab.kernel, pyroute2.netlink, sys; early = {*sys.modules}; from pyroute2 import NetNS, netns; "
    code += "import pyroute2.ndb, pyroute2; assert 'asyncio' not in early; print(hasattr(pyroute2, 'x'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "False\n", done.stderr
