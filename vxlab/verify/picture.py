"""The ladder of a proof: what was caught of its exchanges, drawn as a sequence diagram."""

from __future__ import annotations

from collections.abc import Iterator

from vxlab.packets.ladder import Ladder, Sighting, build
from vxlab.verify.evidence import Entry, Evidence, told
from vxlab.verify.proof import Proof


def ladder(proof: Proof) -> Ladder:
    """The journey of a question, of its answer, and of what was sent after it; what VTEPs learned under what taught it.

    What was seen of large packets, and the host's own ARP, is left out.
    """
    sender, target = proof.names
    sightings = [sighting for evidence in proof.caught for sighting in _sightings(evidence)]
    gained = [entry for evidence in proof.caught for entry in _gained(evidence, {proof.sender.mac, proof.target.mac})]
    scene = proof.scene
    title = f"{proof.what}: {sender} ({proof.sender.address}) to {target} ({proof.target.address})"
    return build(sightings, state=scene.state, node_of=scene.node, gained=dict.fromkeys(gained), title=title)


def _sightings(evidence: Evidence) -> Iterator[Sighting]:
    probe = evidence.probe
    for seen in evidence.sightings:
        if probe.is_request(seen.inner) or probe.is_reply(seen.inner):
            yield Sighting(seen.place, seen.caught.outgoing, told(evidence.scene, seen.caught))


def _gained(evidence: Evidence, macs: set[str]) -> Iterator[Entry]:
    for vtep in evidence.after:
        for mac in macs:
            yield from evidence.learned(vtep, mac)
