"""One step of a plan: the unit that is sent to the kernel, printed as a command, and named in an error."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import groupby

from vxlab.state.kind import Family
from vxlab.state.kinds import ADDRESS, FDB, PROCESS
from vxlab.state.kinds.fdb import may_have_several
from vxlab.state.kinds.process import in_one_line
from vxlab.state.kinds.sysctl import interface_of
from vxlab.state.model import Resource
from vxlab.state.owned import is_machine
from vxlab.state.types import NOTHING, Value


class Action(Enum):
    CREATE = "create"
    CHANGE = "change"
    DELETE = "delete"


@dataclass(frozen=True)
class Step:
    """Create, change or delete one resource.

    ``values`` are the options that the step sets. ``peer`` is the other end of a veth pair, made by the same
    step. ``reason`` says why a thing that exists is deleted.
    """

    action: Action
    resource: Resource
    values: tuple[tuple[str, Value], ...] = ()
    peer: Resource | None = None
    reason: str = ""

    @property
    def namespace(self) -> str:
        return self.resource.namespace

    @property
    def is_append(self) -> bool:
        """Whether an FDB entry is made beside others of its MAC: said otherwise, the kernel takes only the first."""
        entry = self.resource
        own = entry.kind is FDB and entry.get("nhid") == NOTHING and not entry.get("master")
        return self.action is Action.CREATE and own and may_have_several(str(entry.get("mac")))

    @property
    def is_beginning(self) -> bool:
        """Whether it is what a namespace begins with: its creation, or a sysctl that is not that of a link."""
        resource = self.resource
        if resource.kind.family is Family.SYSCTL:
            return not interface_of(str(resource.get("key")))
        return resource.kind.family is Family.NAMESPACE and self.action is not Action.DELETE

    @property
    def tentative_address(self) -> str:
        """The IPv6 address that the step gives to a link, and that the kernel does not use before it knows that nobody
        else has it (RFC 4862, section 5.4); empty where there is none.
        """
        resource = self.resource
        if resource.kind is not ADDRESS or self.action is not Action.CREATE or resource.get("nodad"):
            return ""
        address = str(resource.get("address")).partition("/")[0]
        return address if ":" in address else ""

    @property
    def is_start(self) -> bool:
        """Whether a process is started: made, or running again, which is all that can change of one."""
        return self.resource.kind is PROCESS and self.action is not Action.DELETE

    def describe(self) -> str:
        """The step in words, without its namespace."""
        kind = self.resource.kind
        family = kind.family
        if family is Family.NAMESPACE:
            if not is_machine(self.namespace):
                return f"{self.action.value} the namespace"
            does = "take away" if self.action is Action.DELETE else "give"
            return f"{does} the machine's own namespace the name"
        if family is Family.LINK:
            return self._describe_link()
        if family is Family.PROCESS:
            return self._describe_process()
        identity = " ".join(f"{self.resource.get(name)}" for name in _spoken(self.resource))
        settings = _settings(tuple(item for item in self.values if item[0] not in kind.identity))
        if family is Family.SYSCTL:
            return f"set {self.resource.get('key')} = {self.resource.get('value')}"
        on = f" on {self.resource.name}" if self.resource.name else ""
        what = " ".join(filter(None, (self.action.value, kind.name.replace("_", " "), identity)))
        return f"{what}{on}{settings}{self._because()}"

    def _describe_link(self) -> str:
        name, kind = self.resource.name, self.resource.kind.name
        if self.action is Action.CHANGE:
            if self.values == (("up", True),):
                return f"raise {name}"
            return f"change {name}:{_settings(self.values)}"
        peer = f", the other end {self.peer.namespace}:{self.peer.name}" if self.peer else ""
        shown = tuple((option, value) for option, value in self.values if option not in ("name", "peer"))
        settings = f":{_settings(shown)}" if shown and self.action is Action.CREATE else ""
        return f"{self.action.value} {kind} {name}{peer}{settings}{self._because()}"

    def _describe_process(self) -> str:
        process = self.resource
        what = f"process {process.get('name')} of {process.get('node')}"
        if self.is_start:
            return f"start {what}: {in_one_line(str(process.get('command')))}"
        return f"stop {what}{self._because()}"

    def _because(self) -> str:
        return f" ({self.reason})" if self.reason else ""


def _spoken(resource: Resource) -> Iterator[str]:
    """The options that name a thing to a reader: its identity without its link and without what is absent."""
    for name in resource.kind.identity:
        if name != "link" and resource.values.get(name, NOTHING) != NOTHING:
            yield name


def _settings(values: tuple[tuple[str, Value], ...]) -> str:
    return "".join(f" {name}={str(value).lower() if isinstance(value, bool) else value}" for name, value in values)


@dataclass(frozen=True)
class Plan:
    """Steps in an order that works: what a step needs stands before it."""

    steps: tuple[Step, ...] = ()

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def without(self, family: Family) -> Plan:
        """The same plan without what is about a family."""
        return Plan(tuple(step for step in self.steps if step.resource.kind.family is not family))

    def batches(self) -> Iterator[tuple[str, list[Step]]]:
        """Runs of steps in one namespace: each run is sent to the kernel in one go."""
        for namespace, steps in groupby(self.steps, key=lambda step: step.namespace):
            yield namespace, list(steps)
