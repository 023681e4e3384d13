"""What is taken out of the file is as in a new lab, also where only the kernel knows what that is."""

from pathlib import Path

import pytest

from tests.kernel.conftest import ip, netns, run, vxlab
from tests.kernel.oracle import apart, world

LAB = """
name: unsaid
nodes:
  a:
    sysctls: {net.ipv4.ip_forward: 1, net.ipv4.conf.eth0.rp_filter: 2, net.ipv4.conf.default.arp_notify: 1}
    links:
      lo: {mtu: 16436}
      br0: {kind: bridge, mtu: 1400}
      eth0: {mtu: 9000, addresses: [192.0.2.1/24]}
      vx0: {kind: vxlan, vni: 5, mtu: 1300, txqueuelen: 77, master: br0, bridge_port: {cost: 7}}
      other: {kind: bridge}
    routes: [{to: 198.51.100.0/24, via: 192.0.2.2, scope: link}]
  b: {}
links: [[a:eth0, b:eth0]]
"""

CASES = {
    "a sysctl": [("net.ipv4.ip_forward: 1, ", "")],
    "a sysctl of a link": [("net.ipv4.conf.eth0.rp_filter: 2, ", "")],
    "a sysctl of links to come": [(", net.ipv4.conf.default.arp_notify: 1", "")],
    "the MTU of lo": [("lo: {mtu: 16436}", "lo: {}")],
    "the MTU of a bridge": [(", mtu: 1400", "")],
    "the MTU of a cable": [("mtu: 9000, ", "")],
    "the MTU of a tunnel": [("mtu: 1300, ", "")],
    "a queue": [("txqueuelen: 77, ", "")],
    "the cost of a port": [(", bridge_port: {cost: 7}", "")],
}
KEYS = (
    "net.ipv4.ip_forward",
    "net.ipv4.conf.all.forwarding",
    "net.ipv4.conf.eth0.forwarding",
    "net.ipv4.conf.eth0.rp_filter",
    "net.ipv4.conf.eth0.arp_notify",
    "net.ipv4.conf.other.arp_notify",
    "net.ipv4.conf.default.arp_notify",
)


pytestmark = pytest.mark.usefixtures("leaves_nothing")


def sysctls() -> str:
    return run("ip", "netns", "exec", "unsaid-a", "sysctl", *KEYS).stdout


@pytest.mark.parametrize("change", CASES.values(), ids=CASES)
def test_what_is_not_said_any_more_is_as_in_a_new_lab(tmp_path: Path, change: list[tuple[str, str]]) -> None:
    file, text = tmp_path / "lab.yaml", LAB.replace(", scope: link", "")
    changed = text
    for old, new in change:
        assert old in changed
        changed = changed.replace(old, new)
    file.write_text(changed)
    vxlab("up", file)
    fresh, fresh_sysctls = world(netns()), sysctls()
    vxlab("down", "unsaid")
    file.write_text(text)
    vxlab("up", file)
    untouched = ip("unsaid-a", "link", "show", "other")[0]["ifindex"]
    assert sysctls() != fresh_sysctls or apart(world(netns()), fresh, history=False)
    file.write_text(changed)
    plan = vxlab("plan", file).stdout
    vxlab("up", file)
    assert apart(world(netns()), fresh, history=False) == []
    assert sysctls() == fresh_sysctls
    assert ip("unsaid-a", "link", "show", "other")[0]["ifindex"] == untouched
    assert "is not in the file any more" in plan or "set net." in plan or "change lo:" in plan
    assert "nothing to do" in vxlab("plan", file).stdout


def test_what_a_refused_change_has_said_is_taken_back_too(tmp_path: Path) -> None:
    file = tmp_path / "lab.yaml"
    file.write_text("name: unsaid\nnodes: {a: {links: {br0: {kind: bridge}}}}\n")
    vxlab("up", file)
    before, forwards = world(netns()), sysctls_of_forwarding()
    file.write_text(
        "name: unsaid\nnodes: {a: {sysctls: {net.ipv4.ip_forward: 1}, links: {br0: {kind: bridge, mtu: 1400}}, "
        "routes: [{to: 203.0.113.0/24, via: 198.51.100.1}]}}\n"
    )
    assert "is as it was before" in vxlab("up", file, status=1).stderr
    assert apart(world(netns()), before, history=False) == []
    assert sysctls_of_forwarding() == forwards


def sysctls_of_forwarding() -> str:
    return run("ip", "netns", "exec", "unsaid-a", "sysctl", "net.ipv4.ip_forward").stdout
