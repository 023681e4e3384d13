"""What commands load that find their lab running: no schema, no YAML, and of netlink nothing."""

from pathlib import Path

from tests.kernel.conftest import vxlab
from tests.loaded import loaded_by

NOT_NEEDED = {"asyncio", "jinja2", "pydantic", "pyroute2", "rich", "scapy", "ssl", "vxlab.topology", "yaml"}


def test_commands_for_a_running_lab_load_nothing_that_they_do_not_need(tmp_path: Path) -> None:
    file = tmp_path / "pair.yaml"
    file.write_text("nodes: {a: {}, b: {}}\nlinks: [[a:eth0, b:eth0]]\n")
    vxlab("up", file)
    for words in (["exec", "a", "--", "true"], ["down", "pair"]):
        loaded = loaded_by(*words)
        assert "vxlab.lab.record" in loaded
        assert not NOT_NEEDED & loaded, words
