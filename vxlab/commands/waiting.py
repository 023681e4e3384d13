"""What a shell must wait for between two commands: a port begins anew when its link gets a carrier.

The kernel tells of a carrier in its own time (net/core/link_watch.c), and br_port_carrier_check() of net/bridge/br_if.c
then forgets the state that the port was told to be in.
"""

from __future__ import annotations

import shlex

from vxlab.plan import Step
from vxlab.state.kind import Family
from vxlab.state.kinds.link import TAKES_CARRIER
from vxlab.state.model import NetworkState

FUNCTION = """\
# carrier NAMESPACE LINK: wait two seconds at most. A port begins anew when the kernel tells of its carrier.
carrier() {
    tries=0
    until [ "$(ip netns exec "$1" cat "/sys/class/net/$2/operstate")" = up ] || [ "$tries" -eq 20 ]; do
        sleep 0.1
        tries=$((tries + 1))
    done
}
"""
"""What the shell must know before the first ``wait``."""


def wait(step: Step, state: NetworkState) -> str:
    """The line that stands before the command of a step; empty where nothing is waited for.

    Args:
        step: the step.
        state: what is there after all steps.
    """
    resource = step.resource
    if resource.kind.family is not Family.BRIDGE_PORT or "state" not in dict(step.values):
        return ""
    link = state.link(resource.namespace, resource.name)
    if link is None or link.kind.name not in TAKES_CARRIER or not link.get("up"):
        return ""
    return shlex.join(("carrier", resource.namespace, resource.name))
