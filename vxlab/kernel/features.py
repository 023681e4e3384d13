"""What the running kernel can make, found by making it in a namespace that nobody else sees: no version tells it."""

from __future__ import annotations

import errno
from collections.abc import Iterable

from pyroute2.netlink.rtnl import RTM_NEWLINK

from vxlab.kernel import namespaces, options
from vxlab.kernel.errors import MissingFeatureError
from vxlab.kernel.indexes import LOOPBACK_IFINDEX
from vxlab.kernel.netlink.link import ifinfmsg
from vxlab.kernel.netlink.pack import encode_message
from vxlab.kernel.netlink.qdisc import RTM_NEWQDISC, TC_H_ROOT, tcmsg
from vxlab.kernel.rtnetlink import NLM_F_CREATE, NLM_F_EXCL, RouteSocket
from vxlab.plan import Action, Plan
from vxlab.state.kind import Family
from vxlab.state.kinds import BRIDGE, BRIDGE_VLAN, LINK_KINDS, QDISC
from vxlab.state.kinds.qdisc import IMPAIRMENTS, NETEM


def require(plan: Plan) -> None:
    """See that the kernel has what a plan needs: kinds of links, what impairs them, VLANs in bridges, every option.

    Raises:
        MissingFeatureError: it lacks one; says which, and which nodes need it.
    """
    _require_kinds(plan)
    filtering = [step for step in plan if step.resource.kind is BRIDGE and dict(step.values).get("vlan_filtering")]
    if filtering and not options.has(BRIDGE, BRIDGE.table["vlan_filtering"]):
        where = ", ".join(f"{step.namespace}:{step.resource.name}" for step in filtering[:5])
        text = f"bridges of this kernel do not look at VLAN tags ({BRIDGE_VLAN.config}, needed by {where})"
        raise MissingFeatureError(f"{text}. Nothing was changed.")
    options.require(plan)


def _require_kinds(plan: Plan) -> None:
    needed: dict[str, list[str]] = {}
    for step in plan:
        if step.action is Action.CREATE and step.resource.kind.family in (Family.LINK, Family.QDISC):
            needed.setdefault(step.resource.kind.name, []).append(f"{step.namespace}:{step.resource.name}")
    hindered = needed.pop(QDISC.name, [])
    missing = missing_kinds(needed)
    if missing:
        lacks = "; ".join(
            f"{kind} ({LINK_KINDS[kind].config}, needed by {', '.join(needed[kind][:5])})" for kind in missing
        )
        raise MissingFeatureError(f"this kernel cannot make links of kind {lacks}. Nothing was changed.")
    if hindered and not has_qdisc(NETEM):
        wanted = ", ".join(option.name for option in IMPAIRMENTS)
        lacks = f"{wanted} need netem ({QDISC.config}), which this kernel has not: {', '.join(hindered[:5])}"
        raise MissingFeatureError(f"{lacks}. Nothing was changed.")


def missing_kinds(kinds: Iterable[str]) -> list[str]:
    """Those of ``kinds`` that this kernel does not know (EOPNOTSUPP from rtnl_newlink()).

    Raises:
        OSError: it did not answer.
    """
    try:
        with namespaces.scratch(), RouteSocket() as route:
            return [kind for number, kind in enumerate(kinds) if _unknown(route, kind, f"probe{number}")]
    except OSError as error:
        error.filename = error.filename or "the kernel, asked which links it can make"
        raise


def _unknown(route: RouteSocket, kind: str, name: str) -> bool:
    info = [["IFLA_IFNAME", name], ["IFLA_LINKINFO", {"attrs": [["IFLA_INFO_KIND", kind]]}]]
    refused = route.request([encode_message(ifinfmsg, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, {}, info)])
    return any(refusal.errno == errno.EOPNOTSUPP for refusal in refused)


def has_qdisc(name: str) -> bool:
    """Whether this kernel has a queueing discipline.

    Raises:
        OSError: it did not answer.
    """
    where = {"index": LOOPBACK_IFINDEX, "parent": TC_H_ROOT}
    request = encode_message(tcmsg, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, where, [["TCA_KIND", name]])
    with namespaces.scratch(), RouteSocket() as route:
        refused = route.request([request])
    # Without its options one that is there is EINVAL; one that is not is ENOENT (qdisc_create()), and without
    # CONFIG_NET_SCHED nobody answers (rtnetlink_rcv_msg()).
    return not any(refusal.errno in (errno.ENOENT, errno.EOPNOTSUPP) for refusal in refused)
