"""Once two hosts have found each other, each of their frames goes to one VTEP alone (RFC 7348 section 4.1)."""

from __future__ import annotations

from vxlab.verify.check import Check, check, sent_instead
from vxlab.verify.exchange import Exchange
from vxlab.verify.learning import goes_to
from vxlab.verify.overlay import Segment


def checks(x: Exchange, segment: Segment, *, resolved: bool) -> list[Check]:
    """The claims of one echo request for the target's MAC address, and of its reply.

    Args:
        x: the exchange.
        segment: where it happened.
        resolved: whether the hosts can know each other's MAC addresses; else the target does not reply.
    """
    there = [_unicast(x, segment)] if _can_arrive(x) else [_goes_nowhere(x)]
    return [*there, _unicast_back(x)] if resolved and _can_arrive(x) else there


def _can_arrive(x: Exchange) -> bool:
    near, far = x.sender.vtep, x.target.vtep
    # One that learns means to be reached; where it floods to nobody, its file is wrong.
    knows = (near.learns and not near.proxies) or near.static_entry(x.target.mac) is not None
    return near == far or knows or bool(near.flood_list)


def _unicast(x: Exchange, segment: Segment) -> Check:
    vtep, evidence = x.sender.vtep, x.evidence
    sent, delivered = evidence.sent(vtep, x.probe.is_request), x.delivered
    known, right = goes_to(x, vtep, x.target, f"a frame for {x.scene.host(x.target)}", sent, heard=not vtep.proxies)
    hears = {} if _floods(x) else _bystanders(x, segment)
    claim = f"{known}; it is delivered, and no other VTEP gets it" if not _floods(x) else f"{known}; it is delivered"
    passed = right and bool(delivered) and not hears
    seen = sent_instead(sent)
    if hears:
        seen = f"{seen}, and {', '.join(hears)} got it"
    elif right:
        seen = f"{seen}, and it did not reach {x.scene.host(x.target)}"
    return check(evidence, "unicast there", claim, passed, sent + delivered, seen=seen)


def _floods(x: Exchange) -> bool:
    near = x.sender.vtep
    # One that answers for the target has not heard of it.
    knows = (near.learns and not near.proxies) or near.static_entry(x.target.mac)
    return near != x.target.vtep and not knows


def _bystanders(x: Exchange, segment: Segment) -> dict[str, int]:
    """The VTEPs that got the frame and are none of the two."""
    others = (vtep for vtep in segment.vteps if vtep not in (x.sender.vtep, x.target.vtep))
    got = {x.scene.vtep(vtep): len(x.evidence.received(vtep, x.probe.is_request)) for vtep in others}
    return {name: number for name, number in got.items() if number}


def _unicast_back(x: Exchange) -> Check:
    vtep = x.target.vtep
    sent = x.evidence.sent(vtep, x.probe.is_reply)
    delivered = x.answered(x.sender)
    claim, right = goes_to(x, vtep, x.sender, f"{x.scene.host(x.target)}'s reply", sent)
    seen = sent_instead(sent)
    if right and not delivered:
        seen = f"{seen}, and it did not reach {x.scene.host(x.sender)}"
    passed = right and bool(delivered)
    return check(x.evidence, "unicast back", f"{claim}; it is delivered", passed, sent + delivered, seen=seen)


def _goes_nowhere(x: Exchange) -> Check:
    vtep = x.sender.vtep
    sent = x.evidence.sent(vtep, x.probe.is_request)
    claim = f"{x.scene.vtep(vtep)} knows nothing of {x.target.mac} and floods to nobody: a frame for it is dropped"
    return check(x.evidence, "unicast dropped", claim, not sent, sent, seen=sent_instead(sent))
