"""Ladders: the journey of frames through a lab as a sequence diagram, built from captures, drawn in many forms.

sightings = [Sighting(place, outgoing, meaning), ...]
ladder = build(sightings, state=lab.state, node_of=lab.node_of, gained=entries)
write(ladder, "ladder.svg")
"""

from vxlab.packets.ladder.builder import build
from vxlab.packets.ladder.model import Arrow, Column, Gain, Ladder, Rest, Role
from vxlab.packets.ladder.output import Form, form_of, render, write
from vxlab.packets.ladder.sighting import Place, Sighting

__all__ = [
    "Arrow", "Column", "Form", "Gain", "Ladder", "Place", "Rest", "Role", "Sighting",
    "build", "form_of", "render", "write",
]  # fmt: skip
