"""Causes out of what differs from the file: the steps that `vxlab up` would take."""

from __future__ import annotations

from collections.abc import Iterator

from vxlab.plan import Action, Step
from vxlab.state.kind import Family
from vxlab.verify.causes.look import look
from vxlab.verify.causes.sides import Sides
from vxlab.verify.check import Cause
from vxlab.verify.mtu import OF_SIZES
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

_FAMILIES = (Family.NAMESPACE, Family.LINK, Family.BRIDGE_PORT, Family.FDB, Family.NEIGHBOUR, Family.ADDRESS)


def causes(scene: Scene, sides: Sides, check: str) -> Iterator[Cause]:
    """What differs, the likeliest first. An MTU explains no small packet."""
    steps = [step for step in scene.drift if check in OF_SIZES or {name for name, _ in step.values} != {"mtu"}]
    for step in sorted(steps, key=lambda step: _unlikely(scene, step, sides, check)):
        told = f"{scene.node(step.namespace)} is not as its file says: {_told(scene, step)}"
        yield Cause(told, look(step.resource, scene.actual.state))


def _unlikely(scene: Scene, step: Step, sides: Sides, check: str) -> tuple[bool, int, int, int]:
    telling = _TELLING.get(check, ())
    tells = any(option in telling for option, _ in step.values) or (check == "isolation" and _adds_a_link(scene, step))
    family = step.resource.kind.family
    order = _FAMILIES.index(family) if family in _FAMILIES else len(_FAMILIES)
    if step.resource.name == "lo" and family is Family.LINK:
        # Its addresses are reached all the same.
        order = len(_FAMILIES) + 1
    # What is made anew says less than what went with it.
    return not tells, sides.rank(step.namespace, far_first=check in _FAR), order, step.action is Action.DELETE


def _adds_a_link(scene: Scene, step: Step) -> bool:
    """Whether something is there that the file does not have: the likeliest leak."""
    resource = step.resource
    foreign = resource.kind.family is Family.LINK and scene.state.get(resource.key) is None
    return foreign and step.action is Action.DELETE


def _told(scene: Scene, step: Step) -> str:
    resource = step.resource
    there, wanted = scene.actual.state.get(resource.key), scene.state.get(resource.key)
    if wanted is None:
        return f"it has {_thing(step)}, and the file has none such"
    if there is None:
        return f"it lacks {_thing(step)}"
    if resource.kind.family is Family.SYSCTL:
        return f"{resource.get('key')} is {there.get('value')}, not {wanted.get('value')}"
    if there.kind is not wanted.kind:
        return f"its {there.name} is a {there.kind.name}, not a {wanted.kind.name}"
    # What is replaced is deleted and made anew: what counts is in what it differs, its new MAC address the least.
    values = dict(step.values if step.action is Action.CHANGE else wanted.told)
    names = sorted((name for name, value in values.items() if there.get(name) != value), key="mac".__eq__)
    changed = [f"{name} is {_value(there.get(name))}, not {_value(values[name])}" for name in names]
    whose = resource.name if resource.kind.family in (Family.LINK, Family.BRIDGE_PORT) else _thing(step)
    return f"of {whose}, {', '.join(changed) or step.reason}"


def _thing(step: Step) -> str:
    """What a step is about, without what it sets."""
    bare = Step(step.action, step.resource).describe()
    return bare.removeprefix(f"{step.action.value} ").replace("fdb", "FDB entry", 1)


def _value(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value) or "nothing"
