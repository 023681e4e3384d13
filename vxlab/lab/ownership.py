"""Which namespaces are a lab's: those that carry its mark, whatever became of its record.

A name alone proves nothing: somebody may have made a namespace that is called like a lab's, or put another one in its
place.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from vxlab.kernel import marks, namespaces
from vxlab.lab.errors import CollisionError
from vxlab.state.owned import is_machine, mark


def is_owned(lab: str, namespace: str, promised: Collection[str]) -> bool:
    """Whether what has a name is a namespace of the lab, or the file of one that a kill left half made.

    Args:
        lab: the lab.
        namespace: the name.
        promised: the namespaces that the lab's record tells of: under such a name any empty file is a half-made one.
    """
    if namespaces.is_whole(namespace):
        if is_machine(namespace):
            # It carries nothing of its own that a lab may change: what is in there tells, or the record.
            return namespaces.is_own(namespace) and (namespace in promised or mark(lab) in marks.groups())
        return marks.of(namespace) == mark(lab)
    return namespaces.is_unfinished(namespace) if namespace in promised else namespaces.is_begun(namespace)


def owned(lab: str, names: Iterable[str], promised: Collection[str]) -> list[str]:
    """Those of ``names`` that are there and are the lab's."""
    listed = list(names)
    marked = marks.of_each(name for name in listed if not is_machine(name) and namespaces.is_whole(name))
    return [name for name in listed if (marked[name] == mark(lab) if name in marked else is_owned(lab, name, promised))]


def refuse_foreign(lab: str, names: Iterable[str]) -> None:
    """See that nothing else is under the names of a lab's namespaces, before something is done in them.

    Raises:
        CollisionError: something is.
    """
    for name in names:
        is_foreign = namespaces.is_whole(name) and not is_owned(lab, name, (name,))
        if is_foreign and namespaces.is_whole(name):  # else it has gone meanwhile
            raise CollisionError(f"namespace {name} is not lab {lab}'s any more: somebody put another in its place")


def lost(recorded: Collection[str]) -> dict[str, list[str]]:
    """The namespaces of labs that nothing but their marks tells of, by lab.

    Args:
        recorded: the namespaces that the records tell of.
    """
    found: dict[str, list[str]] = {}
    for name in namespaces.names():
        if name not in recorded and (lab := _lab_of(name)):
            found.setdefault(lab, []).append(name)
    return found


def _lab_of(namespace: str) -> str:
    """The lab whose mark a namespace carries: the name of a lab may have hyphens, as may that of a node."""
    if is_machine(namespace):
        numbers = marks.groups() if namespaces.is_whole(namespace) and namespaces.is_own(namespace) else set()
    else:
        numbers = {marks.of(namespace)} - {0}
    ends = [at for at, character in enumerate(namespace) if character == "-"] if numbers else []
    return next((namespace[:end] for end in ends if mark(namespace[:end]) in numbers), "")
