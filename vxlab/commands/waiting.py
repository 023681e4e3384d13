"""What a shell must wait for between two commands, for the kernel does some things in its own time.

A port begins anew when its link gets a carrier: br_port_carrier_check() of net/bridge/br_if.c then forgets the state
that the port was told to be in (and net/core/link_watch.c tells of carriers late). Most neighbour entries are
forgotten when the kernel sees that their link has none: neigh_carrier_down() of net/core/neighbour.c. A route has no
source that is not known to be nobody else's (RFC 4862; addrconf_dad_work() of net/ipv6/addrconf.c).
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from vxlab.plan import Action, Step
from vxlab.plan.raising import needs_lasting_carrier
from vxlab.state.kind import Family
from vxlab.state.kinds.link import TAKES_CARRIER
from vxlab.state.model import NetworkState

_FUNCTIONS = {
    "carrier": """\
# carrier NAMESPACE LINK: wait two seconds at most. When the kernel tells of it, a port begins anew, neighbours go.
carrier() {
    tries=0
    until [ "$(ip netns exec "$1" cat "/sys/class/net/$2/operstate")" = up ] || [ "$tries" -eq 20 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
}
""",
    "settled": """\
# settled NAMESPACE ADDRESS: wait three seconds at most, until the kernel knows that nobody else has the address.
settled() {
    tries=0
    until [ -z "$(ip -n "$1" -6 addr show to "$2" tentative)" ] || [ "$tries" -eq 30 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
}
""",
}


def functions(waits: Iterable[str]) -> str:
    """What the shell must know before the first of these lines of ``wait``, each with an empty line behind it."""
    used = {line.partition(" ")[0] for line in waits}
    return "".join(f"{function}\n" for name, function in _FUNCTIONS.items() if name in used)


def wait(step: Step, state: NetworkState) -> str:
    """The line that stands before the command of a step; empty where nothing is waited for.

    Args:
        step: the step.
        state: what is there after all steps.
    """
    family = step.resource.kind.family
    if needs_lasting_carrier(step) or (family is Family.BRIDGE_PORT and "state" in dict(step.values)):
        return _carrier(step, state)
    if family is Family.ROUTE and step.action is not Action.DELETE:
        return _settled(step, state)
    return ""


def _carrier(step: Step, state: NetworkState) -> str:
    resource = step.resource
    link = state.link(resource.namespace, resource.name)
    if link is None or link.kind.name not in TAKES_CARRIER or not link.get("up"):
        return ""
    return shlex.join(("carrier", link.namespace, link.name))


def _settled(step: Step, state: NetworkState) -> str:
    source, namespace = str(step.resource.get("src")), step.namespace
    if ":" not in source:
        return ""
    addresses = state.inside(namespace, Family.ADDRESS)
    own = (one for one in addresses if str(one.get("address")).partition("/")[0] == source)
    return shlex.join(("settled", namespace, source)) if any(not one.get("nodad") for one in own) else ""
