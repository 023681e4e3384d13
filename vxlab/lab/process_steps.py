"""How the steps of a plan that are about processes are done: by asking the inits of the lab."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import partial

from vxlab.kernel.at import At
from vxlab.kernel.errors import KernelError
from vxlab.kernel.visit import Visit
from vxlab.lab import enter, inits, processes
from vxlab.lab.disk import path_of
from vxlab.lab.record import Record
from vxlab.plan import Action, Plan, Step
from vxlab.processes import client
from vxlab.processes.client import Conversation
from vxlab.processes.errors import EndedError, ProcessError, reason
from vxlab.processes.launch import launch
from vxlab.state.kinds.process import RUNNING, variables, words
from vxlab.state.model import Resource

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""Where programs are looked for, whoever brings the lab up."""


class NotDoneError(KernelError):
    """A process could not be started or stopped."""

    def __str__(self) -> str:
        process = self.step.resource
        verb = "stop" if self.step.action is Action.DELETE else "start"
        return f"process {process.get('name')} of node {process.get('node')} does not {verb}: {self.reason}"


class Way:
    """The way of the steps of one lab."""

    def __init__(self, lab: Record, plan: Plan) -> None:
        self._lab = lab
        self._directory = path_of(lab.name)
        self._stay = inits.nodes_of(lab.state)
        self._needed = {_node(step): step.namespace for step in plan if step.is_start}

    def __call__(self, visit: Visit, steps: Sequence[Step], at: At) -> None:
        """Do the steps of one namespace.

        Raises:
            NotDoneError: one cannot be done.
        """
        visit.leave()
        self._stop([step for step in steps if step.action is Action.DELETE], at)
        for step in steps:
            if step.action is not Action.DELETE:
                with _telling(at, step):
                    self._start(visit.namespace, step)

    def _stop(self, stops: Sequence[Step], at: At) -> None:
        """Ask for the end of processes, of all before waiting for the first. With the last of a node goes its init."""
        with ExitStack() as stack:
            asked = []
            for step in stops:
                with _telling(at, step), suppress(EndedError):
                    init = client.connect(self._directory, _node(step))
                    if init is not None:
                        stack.enter_context(init)
                        init.send("stop", name=step.resource.get("name"), stay=_node(step) in self._stay)
                        asked.append((step, init))
            for step, init in asked:
                with _telling(at, step), suppress(EndedError):
                    init.answer()
            for step in stops:
                if _node(step) not in self._stay:
                    with _telling(at, step):
                        inits.leave(self._directory, _node(step))

    def _start(self, namespace: str, step: Step) -> None:
        process = step.resource
        values = {name: value for name, value in process.values.items() if name != RUNNING}
        with self._init(_node(step)) as init:
            init.ask(
                "start",
                name=process.get("name"),
                run=words(process),
                environment=self._environment(process),
                directory=process.get("working_dir"),
                restart=process.get("restart"),
                told={"namespace": namespace, "values": values},
            )

    def _environment(self, process: Resource) -> dict[str, str]:
        own = {"VXLAB_LAB": self._lab.name, "VXLAB_NODE": str(process.get("node"))}
        return {"PATH": PATH, **own, **variables(process)}

    def _init(self, node: str) -> Conversation:
        """The init of a node. With the first one all are launched that are needed, and start side by side."""
        living = inits.living(self._directory, self._needed) if self._needed else {}
        while self._needed:
            needed, namespace = self._needed.popitem()
            self._launch(needed, namespace, living[needed])
        return Conversation(self._directory, node)

    def _launch(self, node: str, namespace: str, living: Sequence[int]) -> None:
        """See that a node has an init, and no other: one of those that live which cannot be asked has to go."""
        init = client.connect(self._directory, node)
        if init is not None:
            with suppress(EndedError), init:
                if inits.is_in(init.pid, namespace):
                    return
                processes.end((), [init.pid])
        if living:
            processes.end((), living)
        move = partial(enter.move_into, self._lab, namespace)
        launch(self._directory, node, enter.holder(), move, enter.show_processes)


def _node(step: Step) -> str:
    return str(step.resource.get("node"))


@contextmanager
def _telling(at: At, step: Step) -> Iterator[None]:
    """Tell of trouble in the body as that of a step."""
    try:
        yield
    except (ProcessError, OSError) as error:
        place = at.error(step, reason(error))
        raise NotDoneError(place.step, place.position, place.total, place.reason) from error
