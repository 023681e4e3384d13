"""Causes out of what differs from the file: the steps that `vxlab up` would take."""

from __future__ import annotations

from collections.abc import Iterator

from vxlab.plan import Action, Step
from vxlab.state.kind import Family
from vxlab.verify.causes.look import look
from vxlab.verify.causes.sides import Sides
from vxlab.verify.check import Cause
from vxlab.verify.scene import Scene

_FAR = frozenset(
    ("one copy per VTEP", "far VTEP learns", "target answers", "reply sent back", "unicast back", "packet delivered",
     "routed back", "isolation")
)  # fmt: skip
"""The checks that look at the far side first."""

_TELLING = {
    "one MAC per host": ("mac",),
    "unicast there": ("learning",),
    "unicast back": ("learning",),
    "MTU fits": ("mtu",),
    "MTU exceeded": ("mtu",),
    "isolation": ("master", "peer", "vni"),
    "far VTEP learns": ("learning", "vni", "group", "port"),
    "near VTEP learns": ("learning",),
    "reply sent back": ("learning",),
    "request flooded": ("group", "vni", "port", "local"),
}
"""The options that explain a check best."""

_OF_SIZES = ("MTU fits", "MTU exceeded")

_FAMILIES = (Family.NAMESPACE, Family.LINK, Family.BRIDGE_PORT, Family.FDB, Family.NEIGHBOUR, Family.ADDRESS)


def causes(scene: Scene, sides: Sides, check: str) -> Iterator[Cause]:
    """What differs, the likeliest first. An MTU explains no small packet."""
    steps = [step for step in scene.drift if check in _OF_SIZES or {name for name, _ in step.values} != {"mtu"}]
    for step in sorted(steps, key=lambda step: _unlikely(step, sides, check)):
        yield Cause(f"{scene.node(step.namespace)} is not as its file says: {_told(scene, step)}", look(step.resource))


def _unlikely(step: Step, sides: Sides, check: str) -> tuple[bool, int, int, int]:
    telling = _TELLING.get(check, ())
    tells = any(option in telling for option, _ in step.values) or (check == "isolation" and _adds_a_link(step))
    family = step.resource.kind.family
    order = _FAMILIES.index(family) if family in _FAMILIES else len(_FAMILIES)
    # What is made anew says less than what went with it.
    return not tells, sides.rank(step.namespace, far_first=check in _FAR), order, step.action is Action.DELETE


def _adds_a_link(step: Step) -> bool:
    """Whether something is there that the file does not have: the likeliest leak."""
    return step.action is Action.DELETE and step.resource.kind.family is Family.LINK


def _told(scene: Scene, step: Step) -> str:
    resource = step.resource
    if step.action is Action.DELETE:
        return f"it has {_thing(step)}, and the file has none such"
    there = scene.actual.state.get(resource.key)
    if step.action is Action.CREATE or there is None:
        return f"it lacks {_thing(step)}"
    changed = (f"{name} is {_value(there.get(name))}, not {_value(value)}" for name, value in step.values)
    return f"of {resource.name or _thing(step)}, {', '.join(changed)}"


def _thing(step: Step) -> str:
    """What a step is about, without what it sets."""
    bare = Step(step.action, step.resource).describe()
    return bare.removeprefix(f"{step.action.value} ").replace("fdb", "FDB entry", 1)


def _value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value) or "nothing"
