"""Which nodes are near the sender, and which near the target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from vxlab.verify.overlay import Host
from vxlab.verify.proof import Proof


@dataclass(frozen=True)
class Sides:
    """The namespaces of both ends of a proof, their VTEPs included."""

    near: frozenset[str]
    far: frozenset[str]

    @classmethod
    def of(cls, proof: Proof) -> Self:
        near, far = {proof.sender.place[0]}, {proof.target.place[0]}
        for station, side in ((proof.sender, near), (proof.target, far)):
            if isinstance(station, Host):
                side.add(station.vtep.namespace)
        for crossing in proof.crossings:
            near.add(crossing.near)
            far.add(crossing.far)
        return cls(frozenset(near), frozenset(far))

    def rank(self, namespace: str, *, far_first: bool) -> int:
        """0 for the side that is looked at first, 1 for the other one, 2 for every other node."""
        sides = (self.far, self.near) if far_first else (self.near, self.far)
        return next((number for number, side in enumerate(sides) if namespace in side), 2)
