"""The words that may stand at one place of a command, and how they are read: out of the tables of kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from vxlab.commands.explain.names import kernel_name
from vxlab.commands.explain.reader import UNKNOWN, Reader
from vxlab.commands.explain.values import count, problem
from vxlab.state.kind import Option
from vxlab.state.phrase import Phrase, Phrases
from vxlab.state.types import Bool, Flag, UpDown

Handler = Callable[[Reader], None]

# Words between an option and its value that say how the value is meant (iproute_modify() in ip/iproute.c).
_QUALIFIERS = frozenset(("inet", "inet6", "lock"))
_QUALIFIED = frozenset(("via", "mtu", "advmss", "hoplimit", "initcwnd"))


@dataclass(frozen=True)
class Lexicon:
    """The options that can stand at a place.

    ``also`` maps further spellings to options, ``bare`` are options whose value stands without a word of its own;
    ``handlers`` read words behind which other words are known. ``prefixes`` names what iproute2 takes abbreviated, in
    the order in which it looks (matches() in lib/utils.c). ``only`` says that options choose what is shown.
    """

    options: tuple[Option, ...] = ()
    also: Mapping[str, Option] = field(default_factory=dict)
    bare: tuple[Option, ...] = ()
    handlers: Mapping[str, Handler] = field(default_factory=dict)
    prefixes: str = ""
    only: bool = False

    @cached_property
    def spelled(self) -> dict[str, Option]:
        """Options by the words that stand for them."""
        words = {word: option for option in self.options for word in _spellings(option)}
        return {**words, **self.also}

    @cached_property
    def words(self) -> tuple[str, ...]:
        """Every word, for who has typed another one."""
        return (*self.spelled, *self.handlers)

    def find(self, word: str) -> str:
        """The spelling that a word is or abbreviates; empty where there is none."""
        if word in self.spelled or word in self.handlers or word == "help":
            return word
        return abbreviated(word, self.prefixes)


@lru_cache(maxsize=4096)
def abbreviated(word: str, known: str) -> str:
    """The first of the words that are known that begins with ``word``, as matches() of iproute2 finds it.

    A word behind ``=`` cannot be abbreviated.
    """
    for candidate in known.split():
        if candidate.lstrip("=") == word or (word and candidate.startswith(word)):
            return candidate.lstrip("=")
    return ""


def _spellings(option: Option) -> tuple[str, ...]:
    if isinstance(option.type, Flag):
        return (option.word, f"no{option.word}")
    if isinstance(option.type, UpDown):
        return (option.word, "down")
    if isinstance(option.type, Phrases):
        return (option.type.word,)
    return (option.word,) if option.word else ()


def read(reader: Reader, lexicon: Lexicon) -> None:
    """Read all words that are left."""
    bare = list(lexicon.bare)
    while reader:
        word = reader.peek()
        spelling = lexicon.find(word)
        if spelling == "help":
            reader.take(1, "print the words that can stand here")
        elif spelling in lexicon.handlers:
            lexicon.handlers[spelling](reader)
        elif spelling in lexicon.spelled:
            option = lexicon.spelled[spelling]
            bare = [other for other in bare if other.name != option.name]
            read_option(reader, option, spelling, only=lexicon.only)
        else:
            found = next((option for option in bare if not problem(option, [spelling or word])), None)
            if found is None and reader.skip_shell():
                continue
            if found is None:
                reader.take_unknown(lexicon.words, why=_expected(bare))
            else:
                bare.remove(found)
                reader.take(1, _text(found, only=lexicon.only), kernel_name(found, [spelling or word]))


def _expected(bare: list[Option]) -> str:
    """What would have been right in place of a word, where only one thing can be meant."""
    return f": it is not {bare[0].type.expects}, nor a word" if len(bare) == 1 else ""


def read_option(reader: Reader, option: Option, spelling: str = "", *, only: bool = False) -> None:
    """Read an option's word and its value; ``spelling`` is the word where it was abbreviated or is another one."""
    text = _text(option, only=only)
    if isinstance(option.type, Phrase | Phrases):
        reader.take(1, text, kernel_name(option))
        _read_phrase(reader, option.type if isinstance(option.type, Phrase) else option.type.phrase)
        return
    qualified = option.word in _QUALIFIED and reader.peek(1) in _QUALIFIERS
    needed = count(option)
    size = 1 + qualified + needed
    if reader.left < size:
        reader.take(
            size, f"{text}; {UNKNOWN} without {option.type.expects} behind it", kernel_name(option), known=False
        )
        return
    values = [reader.peek(at) for at in range(size - needed, size)]
    wrong = problem(option, values) if values else ""
    if wrong:
        reader.take(size, f"{text}; the value is {UNKNOWN}: {wrong}", kernel_name(option), known=False)
    else:
        said = (spelling or option.word, *values)
        reader.take(size, _text(option, only=only, said=said), kernel_name(option, values))


def _text(option: Option, *, only: bool, said: Sequence[str] = ()) -> str:
    """What an option does; of what is so or not, also which of both the words (its own, then its value) say."""
    if only:
        return f"only: {option.help}"
    if said and isinstance(option.type, Bool) and option.help.startswith("whether "):
        no = said[-1] in ("off", "0", "down") or (isinstance(option.type, Flag) and said[0] != option.word)
        return f"{option.help}: {'no' if no else 'yes'}"
    return option.help


def _read_phrase(reader: Reader, phrase: Phrase) -> None:
    """Read the options that a phrase begins with, as far as they belong to it (parse_encap(), parse_one_nh())."""
    for option in phrase.options:
        if not option.word and reader:
            wrong = problem(option, [reader.peek()])
            if wrong:
                reader.take_unknown(why=f": {wrong}")
            else:
                reader.take(1, option.help, kernel_name(option, [reader.peek()]))
    words = {word: option for option in phrase.options for word in (option.word, *option.also) if option.word}
    while reader and reader.peek() in words:
        read_option(reader, words[reader.peek()])
