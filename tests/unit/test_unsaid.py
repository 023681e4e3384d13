"""Sysctls that a file said and does not say any more: what links have then is what they have in a fresh lab."""

from vxlab.plan.unsaid import with_defaults
from vxlab.state.kind import Family
from vxlab.state.model import NetworkState
from vxlab.topology import loads

ALL = "net.ipv6.conf.all.disable_ipv6"


def state(sysctls: str) -> NetworkState:
    return loads(f"name: x\nnodes: {{a: {{sysctls: {{{sysctls}}}, links: {{br0: {{kind: bridge}}}}}}}}").state


def sysctls(before: str, now: str) -> list[tuple[str, str]]:
    """All that is set, in this order, where 0 is what a new namespace has."""
    found = with_defaults([state(before)], state(now), lambda key: "0")
    return [(str(one.get("key")), str(one.get("value"))) for one in found.family(Family.SYSCTL)]


def test_a_link_gets_what_is_written_to_all_links() -> None:
    told = dict(sysctls("net.ipv6.conf.br0.disable_ipv6: 0, net.ipv6.conf.default.disable_ipv6: 1", f"{ALL}: 1"))
    assert told["net.ipv6.conf.br0.disable_ipv6"] == told["net.ipv6.conf.default.disable_ipv6"] == "1"


def test_a_link_that_is_there_gets_the_default_of_those_to_come() -> None:
    told = dict(sysctls("", "net.ipv6.conf.default.accept_dad: 5"))
    assert told["net.ipv6.conf.br0.accept_dad"] == "5"
    same = "net.ipv6.conf.default.accept_dad: 5"
    assert "net.ipv6.conf.br0.accept_dad" not in dict(sysctls(same, same))


def test_what_is_written_to_all_links_comes_before_what_they_have_of_their_own() -> None:
    told = sysctls(f"{ALL}: 1", "net.ipv6.conf.default.disable_ipv6: 1, net.ipv6.conf.lo.disable_ipv6: 0")
    assert told[0] == (ALL, "0")
    assert ("net.ipv6.conf.br0.disable_ipv6", "1") in told[1:]
