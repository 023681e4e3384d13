"""Whole labs: up, down, plan, ls, status."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vxlab.cli.consent import ask_for_processes
from vxlab.cli.output import Json, as_json, notice, progress, table
from vxlab.lab.listener import PATIENCE

if TYPE_CHECKING:
    from vxlab.lab.view import Status
    from vxlab.plan import Plan
    from vxlab.topology import Topology

File = Annotated[Path, typer.Argument(metavar="FILE", help="A topology file.", show_default=False)]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="NAME=VALUE", help="Give a value to a template (*.yaml.j2). Repeatable."),
]
On = Annotated[
    str | None,
    typer.Option(
        "--on",
        metavar="MACHINE",
        help="Which machine of the file this one is; the part that lives there is meant.",
        show_default=False,
    ),
]
Patience = Annotated[
    float,
    typer.Option(
        "--lock-timeout",
        metavar="SECONDS",
        help="How long to wait for another command that is changing the lab; 0 does not wait.",
        min=0,
    ),
]
Lab = Annotated[str, typer.Argument(metavar="LAB", help="The name of a lab that is up.", show_default=False)]


def add_to(app: typer.Typer) -> None:
    app.command("up", epilog="Example: vxlab up topologies/multicast.yaml")(_up)
    app.command("down", epilog="Example: vxlab down multicast")(_down)
    app.command("plan", epilog="Example: vxlab plan topologies/multicast.yaml --commands")(plan)
    app.command("ls", epilog="Example: vxlab ls --json")(ls)
    app.command("status", epilog="Example: vxlab status multicast")(status)


def _up(
    file: File,
    on: On = None,
    settings: Settings = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave a lab that fails as it then is, to look at.")] = False,
    lock_timeout: Patience = PATIENCE,
    allow_processes: Annotated[
        bool, typer.Option("--allow-processes", help="Start the processes of a file that is not yours, unasked.")
    ] = False,
    json: Json = False,
) -> None:
    """Make the kernel match a topology file: create the lab, or change what differs. Repeatable.

    What fails, or is interrupted, is taken back: a new lab is gone again, a changed one is as it was.
    """
    from vxlab.kernel.stock import Stock
    from vxlab.lab import ahead, consent
    from vxlab.lab.part import part
    from vxlab.lab.privilege import obtain
    from vxlab.topology import load, settings_from

    with Stock() as stock:
        topology = load(file, settings_from(settings), lambda lab, nodes: ahead.begin(stock, lab, nodes, on))
        # Who has joined other namespaces is another user there.
        doubt = "" if allow_processes else consent.doubt(topology)
        obtain()
        ahead.begin(stock, topology.name, topology.document["nodes"], on)
        topology = part(topology, on)
        may_start = not doubt or ask_for_processes(topology, file, doubt)
        from vxlab.lab.up import up  # after the file has been read: the kernel is at work meanwhile

        with progress(f"lab {topology.name}") as listener:
            steps = up(topology, file, listener, lock_timeout, keep=keep, may_start=may_start, stock=stock)
    if json:
        as_json({"lab": topology.name, "changed": bool(steps), "steps": _steps_json(steps)})
    elif steps:
        print(f"lab {topology.name} is up: {len(topology.nodes)} nodes, {len(steps)} steps")
    else:
        print(f"lab {topology.name} is up already: nothing to do")


def _down(
    lab: Annotated[
        str | None, typer.Argument(metavar="LAB|FILE", help="A lab or its file.", show_default=False)
    ] = None,
    all_labs: Annotated[bool, typer.Option("--all", help="Remove every lab.")] = False,
    settings: Settings = None,
    lock_timeout: Patience = PATIENCE,
) -> None:
    """Remove a lab and everything it started. Removing what is not there is no error."""
    from vxlab.lab.down import down
    from vxlab.lab.names import all_names, looks_like_file
    from vxlab.lab.privilege import has_labs

    if (lab is None) != all_labs:
        raise typer.BadParameter("name a lab or a file, or say --all")
    there = has_labs()
    if settings and not (lab and looks_like_file(lab)):
        raise typer.BadParameter("--set goes with a file")
    every = all_names() if there and lab is None else []
    for name in every if lab is None else [_name_of(lab, settings)]:
        with progress(f"lab {name}") as listener:
            was_up = there and down(name, listener, lock_timeout)
        if was_up:
            print(f"lab {name} is down")
        else:
            notice(f"lab {name} is not up: nothing to do")


def _name_of(lab: str, settings: list[str] | None) -> str:
    """The lab's name, of which its file may have been given."""
    from vxlab.lab.names import looks_like_file

    if not looks_like_file(lab):
        return lab
    from vxlab.topology import load, settings_from

    return load(Path(lab), settings_from(settings)).name


def plan(
    file: File,
    on: On = None,
    settings: Settings = None,
    commands: Annotated[bool, typer.Option("--commands", help="Print ip and bridge commands.")] = False,
    lock_timeout: Patience = PATIENCE,
    json: Json = False,
) -> None:
    """Show what `vxlab up` would do now, without doing it."""
    from vxlab.lab.lock import lock
    from vxlab.lab.part import part
    from vxlab.lab.privilege import obtain
    from vxlab.lab.up import planned
    from vxlab.topology import load, settings_from

    topology = load(file, settings_from(settings))
    obtain()
    topology = part(topology, on)
    with lock(topology.name, notice, lock_timeout):
        steps, _ = planned(topology)
    if json:
        as_json({"lab": topology.name, "steps": _steps_json(steps)})
    elif commands:
        _print_commands(topology, steps)
    else:
        _print_steps(topology.name, steps)


def _print_commands(topology: Topology, steps: Plan) -> None:
    from vxlab.commands import command_line, notes
    from vxlab.commands.waiting import functions, wait
    from vxlab.kernel import marks
    from vxlab.plan import Action
    from vxlab.state.kinds import NAMESPACE
    from vxlab.state.owned import is_machine, mark

    print(functions(wait(step, topology.state) for step in steps), end="")
    for step in steps:
        for note in notes(step):
            print(f"# {note}")
        if line := wait(step, topology.state):
            print(line)
        print(command_line(step))
        if step.action is Action.CREATE and step.resource.kind is NAMESPACE and not is_machine(step.namespace):
            print("# the mark by which vxlab knows the lab's namespaces")
            print(f"ip netns exec {step.namespace} sysctl -qw {marks.SYSCTL}={mark(topology.name)}")


def _print_steps(lab: str, steps: Plan) -> None:
    for namespace, batch in steps.batches():
        print(namespace)
        for step in batch:
            print(f"  {step.describe()}")
    print(f"lab {lab}: {len(steps)} steps" if steps else f"lab {lab} is as its file says: nothing to do")


def _steps_json(steps: Plan) -> list[dict[str, object]]:
    from vxlab.commands.render import command

    return [
        {
            "action": step.action.value,
            "kind": step.resource.kind.name,
            "namespace": step.namespace,
            "step": step.describe(),
            "command": list(command(step)),
        }
        for step in steps
    ]


def ls(json: Json = False) -> None:
    """List the labs that are up."""
    from vxlab.lab.find import summaries
    from vxlab.lab.privilege import has_labs

    found = summaries() if has_labs() else []
    if json:
        as_json([asdict(lab) for lab in found])
        return
    rows = [(s.name, s.nodes, s.state, s.created, s.by, s.file) for s in found]
    if rows:
        table(("LAB", "NODES", "STATE", "CREATED", "BY", "FILE"), rows)
    else:
        notice("no lab is up")


def status(lab: Lab, json: Json = False) -> None:
    """Show a lab's nodes, links and addresses, and where it has drifted from what `vxlab up` made."""
    from vxlab.lab import find, privilege, view

    privilege.join()
    found = view.status(find.running(lab))
    if json:
        as_json(found.to_json())
    else:
        _print_status(found)


def _why_incomplete(lab: str) -> str:
    from vxlab.lab.lock import holder

    if by := holder(lab):
        return f"being changed by {by}"
    return "half made: `vxlab up` finishes it, `vxlab down` removes it"


def _print_processes(found: Status) -> None:
    for node, namespace in found.record.joined.items():
        print(f"{node} shares the network namespace of {found.record.node_of(namespace)}")
    there = found.processes
    if there:
        columns = ("NODE", "PROCESS", "STATE", "PID", "RESTARTS", "SINCE")
        table(columns, [(r.node, r.process, r.in_words, r.pid or "", r.restarts, r.since or "") for r in there])


def _print_status(found: Status) -> None:
    record, drift = found.record, found.steps()
    state = "up" if record.complete else _why_incomplete(record.name)
    print(f"lab {record.name}: {state}, {record.size} nodes, from {record.source}")
    table(
        ("NODE", "LINK", "KIND", "STATE", "MTU", "MASTER", "ADDRESSES"),
        [
            (
                node["node"],
                link["name"],
                link["kind"],
                "up" if link["up"] else "down",
                link.get("mtu", ""),
                link.get("master", ""),
                ", ".join(link["addresses"]),
            )
            for node in found.nodes()
            for link in node["links"]
        ],
    )
    _print_processes(found)
    if drift:
        print(f"drift: {len(drift)} steps would bring it back (vxlab up {record.source})")
        for step in drift:
            print(f"  {step['node']}: {step['step']}")
    else:
        print("no drift: the kernel has what `vxlab up` was last asked for")
