"""What tests ask of `vxlab verify`, and of the tables that it has to leave as they were."""

import json
from collections.abc import Iterator
from typing import Any

from tests.kernel.conftest import Up, netns, run, vxlab

Json = dict[str, Any]


def verify(lab: Up, *words: str, status: int | None = 0) -> Json:
    """The verdict of `vxlab verify --json`."""
    verdict: Json = json.loads(vxlab("verify", lab.name, "--json", *words, status=status).stdout)
    return verdict


def failed(verdict: Json) -> list[Json]:
    """The checks that do not hold, in the order in which a reader meets them."""
    return [check for proof in verdict["proofs"] for check in proof["checks"] if not check["passed"]]


def proved(verdict: Json) -> None:
    """See that all holds; what does not is told in the words that a user would read."""
    told = [f"{one['name']}: {one['expected']}; seen: {one['seen']}; {one['cause']}" for one in failed(verdict)]
    assert not told, "\n".join(told)
    assert verdict["passed"] and verdict["drift"] == []


def check_of(verdict: Json, name: str, sender: str | None = None) -> Json:
    """The check of a name: there is one alone, or one of each sender."""
    (found,) = [
        check
        for proof in verdict["proofs"]
        for check in proof["checks"]
        if check["name"] == name and sender in (None, proof["sender"])
    ]
    return found


def frames(check: Json) -> list[Json]:
    return [fact for fact in check["evidence"] if fact["kind"] == "frame"]


def tables(lab: Up) -> dict[str, list[str]]:
    """All that bridges, VXLAN devices and neighbour tables of a lab know, as iproute2 tells it, but for its age.

    Of neighbours with a multicast address the kernel makes its own entries, whenever it likes.
    """
    namespaces = [name for name in netns() if name.startswith(f"{lab.name}-")]
    return {name: sorted(_entries(name)) for name in namespaces}


def _entries(namespace: str) -> Iterator[str]:
    for entry in json.loads(run("bridge", "-n", namespace, "-j", "fdb", "show").stdout or "[]"):
        yield json.dumps({key: value for key, value in entry.items() if key != "flags"}, sort_keys=True)
    for entry in json.loads(run("ip", "-n", namespace, "-j", "neigh", "show", "nud", "all").stdout or "[]"):
        if entry["state"] != ["NOARP"]:
            yield f"{entry['dev']} {entry['dst']} {entry.get('lladdr')}"
