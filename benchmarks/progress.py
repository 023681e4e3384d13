"""How it goes, on standard error."""

import sys

from benchmarks.samples import Key


def say(key: Key, seconds: float) -> None:
    """Tell of one measure."""
    print(f"{key.where:>20} {key.who:>8} {key.what:<13} {seconds:8.3f} s", file=sys.stderr)
