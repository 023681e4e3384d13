"""When `up` returns, the network can be used: links have their carriers, and addresses are nobody else's (RFC 4862)."""

from pathlib import Path

import pytest

from tests.kernel.conftest import ip, pings, vxlab

ASKS = """
name: asks
nodes:
  a: {links: {eth0: {addresses: ["2001:db8::1/64"]}}}
  b: {links: {eth0: {addresses: ["2001:db8::2/64"]}}}
links: [[a:eth0, b:eth0]]
"""
"""Two nodes of a kernel's own, which asks before it uses an address."""


@pytest.mark.usefixtures("leaves_nothing")
def test_no_address_is_tentative(tmp_path: Path) -> None:
    file = tmp_path / "asks.yaml"
    file.write_text(ASKS)
    vxlab("up", file)
    for node in ("asks-a", "asks-b"):
        told = ip(node, "addr", "show", "dev", "eth0", "scope", "global", "tentative")
        assert not any(told), told
    assert pings("asks-a", "2001:db8::2")
