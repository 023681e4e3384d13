"""A stay in one namespace: entered once for everything that is to be done there, with one rtnetlink socket."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cached_property
from types import TracebackType
from typing import Self

from vxlab.kernel import marks, namespaces
from vxlab.kernel.rtnetlink import RouteSocket
from vxlab.state.owned import is_machine


class Visit:
    """The calling thread enters the namespace when something first needs that, and leaves it at the end."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self._stay = ExitStack()
        self._is_inside = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None) -> None:
        self.leave()

    def leave(self) -> None:
        """Be where the thread was before."""
        self._stay.close()
        self._is_inside = False
        self.__dict__.pop("route", None)

    def create(self, mark: int, fd: int | None = None) -> None:
        """Make the namespace, with a mark (up to 2**31 - 1) unless that is 0, and stay in it.

        That of the machine is there already, and only gets the name. ``fd`` is a descriptor of a new namespace, if
        there is one already.

        Raises:
            FileExistsError: the name is taken.
            OSError: the kernel refused.
        """
        if is_machine(self.namespace):
            namespaces.attach(self.namespace)
            self.enter()
            return
        prepare = (lambda: marks.put(mark, self.route)) if mark else None
        self._stay.enter_context(namespaces.create(self.namespace, prepare, fd))
        self._is_inside = True

    def enter(self) -> None:
        """Be in the namespace.

        Raises:
            FileNotFoundError: there is none of that name.
            OSError: the kernel refused.
        """
        if not self._is_inside:
            self._stay.enter_context(namespaces.inside(self.namespace))
            self._is_inside = True

    @cached_property
    def route(self) -> RouteSocket:
        """The socket of the stay.

        Raises:
            OSError: the kernel refused.
        """
        return self._stay.enter_context(RouteSocket())
