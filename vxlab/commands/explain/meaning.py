"""What an explanation is made of: words of a command, each with what it does."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Meaning:
    """One word of a command, with the words that are its value.

    ``text`` says what it does, ``kernel`` what the kernel calls it (a netlink attribute, a flag, a message), empty
    where it is no matter of the kernel. ``known`` is False where vxlab cannot say, and ``text`` says that.
    """

    words: tuple[str, ...]
    text: str
    kernel: str = ""
    known: bool = True


@dataclass(frozen=True)
class Explanation:
    """A command and the meanings of its words, in their order; together they are the words of the command."""

    command: tuple[str, ...]
    meanings: tuple[Meaning, ...]

    @property
    def known(self) -> bool:
        """Whether every word is known."""
        return all(meaning.known for meaning in self.meanings)
