"""Reads the words of a command from left to right and notes what they mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vxlab.commands.explain.meaning import Meaning
from vxlab.commands.explain.values import from_shell
from vxlab.suggest import did_you_mean

UNKNOWN = "not known to vxlab"

# A command of nonsense is not compared with every word that there is for minutes.
_MOST_SUGGESTIONS = 20
_LONGEST_SUGGESTED = 32


class Reader:
    """The words that are left, and the meanings of those that were read."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = tuple(words)
        self._at = 0
        self._suggested = 0
        self.switches: set[str] = set()
        """The options before the object, by their whole names, where others depend on them."""
        self.meanings: list[Meaning] = []

    def __bool__(self) -> bool:
        return self._at < len(self._words)

    def peek(self, ahead: int = 0) -> str:
        """A word that comes; empty behind the last one."""
        at = self._at + ahead
        return self._words[at] if at < len(self._words) else ""

    @property
    def left(self) -> int:
        """How many words are left."""
        return len(self._words) - self._at

    def take(self, count: int, text: str, kernel: str = "", *, known: bool = True) -> None:
        """Read ``count`` words, or those that are left, with one meaning."""
        words = self._words[self._at : self._at + count]
        self._at += len(words)
        self.meanings.append(Meaning(words, text, kernel, known))

    def skip_shell(self) -> bool:
        """Read a word that the shell replaces, such as ``$@``; False where none comes."""
        if not from_shell(self.peek()):
            return False
        self.take(1, "what the shell puts in its place")
        return True

    def take_unknown(self, known: Iterable[str] = (), count: int = 1, why: str = "") -> None:
        """Read words that nobody knows here, and name the one of those that are known that is nearest."""
        self.take(count, f"{UNKNOWN}{why}{self._suggestion(known)}", known=False)

    def _suggestion(self, known: Iterable[str]) -> str:
        known = list(known)
        word = self.peek()
        if not known or len(word) > _LONGEST_SUGGESTED or self._suggested >= _MOST_SUGGESTIONS:
            return ""
        self._suggested += 1
        return did_you_mean(word, known)
