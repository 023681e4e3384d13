"""Impairments: the netem discipline at the root of a link (RTM_NEWQDISC; tc-netem(8))."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from vxlab.kernel.families.common import FLAGS
from vxlab.kernel.netlink.message import Message
from vxlab.kernel.netlink.pack import encode_message
from vxlab.kernel.netlink.qdisc import RTM_DELQDISC, RTM_GETQDISC, RTM_NEWQDISC, TC_H_ROOT, netem, tcmsg
from vxlab.kernel.rows import Rows
from vxlab.kernel.rtnetlink import NLM_F_DUMP
from vxlab.plan import Action, Step
from vxlab.state.kinds import QDISC
from vxlab.state.kinds.qdisc import NETEM
from vxlab.state.model import Resource

if TYPE_CHECKING:
    from vxlab.kernel.encode import Encoder
    from vxlab.kernel.read import Tables

_LIMIT = 1000
"""Frames that wait, which is what tc(8) says where nobody else does (netem_parse_opt() in tc/q_netem.c)."""

_NONE = frozenset(("noqueue", "noop", None))
"""What a link has that needs no discipline."""

ALL = encode_message(tcmsg, RTM_GETQDISC, NLM_F_DUMP, {}, [])
_ROWS = Rows(QDISC.options)


def encode(step: Step, encoder: Encoder) -> bytes:
    qdisc = step.resource
    fields = {"index": encoder.index(qdisc), "parent": TC_H_ROOT}
    if step.action is Action.DELETE:
        return encode_message(tcmsg, RTM_DELQDISC, FLAGS[step.action], fields, [])
    loss = QDISC.table["loss"].type.to_netlink(qdisc.get("loss"))
    options = encoder.attributes(QDISC.table, qdisc.namespace, qdisc.told)
    attributes = [["TCA_KIND", NETEM], ["TCA_OPTIONS", {"limit": _LIMIT, "loss": loss, "attrs": options}]]
    return encode_message(tcmsg, RTM_NEWQDISC, FLAGS[step.action], fields, attributes)


def dumps(tables: Tables) -> list[bytes]:
    """One, or nothing where the links tell that none of them has a discipline."""
    return [ALL] if any(link.get("IFLA_QDISC") not in _NONE for link in tables.links) else []


def read(message: Message, tables: Tables) -> Iterator[Resource]:
    # One without a handle is what the kernel gives to a link by itself (qdisc_create_dflt()).
    if message["parent"] != TC_H_ROOT or not message["handle"] or message["index"] not in tables.names:
        return
    values = {"link": tables.names[message["index"]], "discipline": message.get("TCA_KIND")}
    options = message.inside("TCA_OPTIONS", netem) if values["discipline"] == NETEM else None
    if options is not None:
        values |= _ROWS.values(options, tables.names)
        values["loss"] = QDISC.table["loss"].type.from_netlink(options["loss"])
    yield Resource(QDISC, tables.namespace, values)
