"""Things that a thread makes ahead: the same, in the same order, and errors where they belong."""

import os
import sys
from collections.abc import Iterator
from threading import Thread, current_thread, main_thread

import pytest

from tests.kernel.conftest import until
from vxlab.kernel.side_by_side import ahead

MANY = 1000


@pytest.fixture(autouse=True)
def two_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})


def numbers(makers: set[Thread], last: int = MANY) -> Iterator[int]:
    for number in range(MANY):
        makers.add(current_thread())
        if number == last:
            raise ValueError("this one cannot be made")
        yield number


def test_they_come_in_their_order_and_end() -> None:
    makers: set[Thread] = set()
    usual = sys.getswitchinterval()
    with ahead(numbers(makers), MANY) as things:
        assert not makers
        assert list(things) == list(range(MANY))
    assert makers and main_thread() not in makers
    assert not any(maker.is_alive() for maker in makers)
    assert sys.getswitchinterval() == usual


def test_an_error_comes_where_its_thing_would() -> None:
    with ahead(numbers(set(), 500), MANY) as things:
        assert [next(things) for _ in range(500)] == list(range(500))
        with pytest.raises(ValueError, match="this one cannot be made"):
            next(things)


def test_no_more_are_made_when_nobody_wants_them() -> None:
    makers: set[Thread] = set()

    def endless() -> Iterator[int]:
        while True:
            yield from numbers(makers)

    with ahead(endless(), MANY) as things:
        assert next(things) == 0
    until(lambda: not any(maker.is_alive() for maker in makers))


@pytest.mark.parametrize("why", ["few", "one CPU", "no thread"])
def test_without_a_thread_each_is_made_when_it_is_asked_for(why: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Thread) -> None:
        raise RuntimeError("can't start new thread")

    if why == "one CPU":
        monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0})
    if why == "no thread":
        monkeypatch.setattr(Thread, "start", refuse)
    makers: set[Thread] = set()
    with ahead(numbers(makers), 10 if why == "few" else MANY) as things:
        assert list(things) == list(range(MANY))
    assert makers == {current_thread()}
