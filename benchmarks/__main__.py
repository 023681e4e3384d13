"""vxlab beside what it is measured by, in one run."""

import argparse
import sys
from pathlib import Path

from benchmarks import course, neighbours, report, world
from benchmarks.figures import figures
from benchmarks.machine import in_words, machine
from benchmarks.race import race
from benchmarks.samples import Samples
from benchmarks.starts import start

_HERE = Path(__file__).parent
_RESULTS = _HERE / "results"
_SMOKE = 20
"""How many times smaller all networks are with --quick."""


def main() -> int:
    """Measure, and tell. The exit status is 1 where a goal was missed, or its figure not measured."""
    options = _options()
    world.require_root()
    chosen = [one for one in figures(_SMOKE if options.quick else 1) if one.name in (options.only or [one.name])]
    is_whole = not (options.quick or options.only)
    figured = course.needed(chosen)
    drawn = course.growth() if is_whole else set()
    samples = Samples()
    try:
        with neighbours.room():
            world.enter()
            start(samples, figured, options.rounds)
            for network, entrants in course.races(figured, drawn, options.rounds):
                race(samples, network, entrants)
    except KeyboardInterrupt:
        print("interrupted: nothing was written, and nothing is left", file=sys.stderr)
        return 130
    results = [one.result(samples) for one in chosen]
    print(report.table(results))
    found = machine()
    folder = options.output or (_RESULTS if is_whole else None)
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "bench.json").write_text(report.as_json(results, samples, found))
        if is_whole:
            from benchmarks.picture import draw

            draw(course.curves(samples), in_words(found), folder / "growth.svg")
    if is_whole and not options.output:
        report.put(_HERE.parent / "README.md", report.markdown(results, found))
    return int(any(result.verdict in ("missed", "not measured") for result in results))


def _options() -> argparse.Namespace:
    names = [one.name for one in figures()]
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure vxlab side by side with the bare-netlink floor, the script and the batch form that it "
        "prints, and Mininet. It needs root, and touches none of the machine's namespaces.",
        epilog="Example: sudo .venv/bin/python -m benchmarks --only floor --only down --rounds 5",
    )
    only = f"Measure this one, of {', '.join(names)}. Repeatable."
    parser.add_argument("--only", action="append", metavar="FIGURE", choices=names, help=only)
    rounds = "How often each is run, of which the median counts. (default: 3)"
    parser.add_argument("--rounds", type=int, default=3, help=rounds)
    quick = f"Make all networks {_SMOKE} times smaller, to see that it works."
    parser.add_argument("--quick", action="store_true", help=quick)
    output = "Where bench.json and growth.svg go. (default: for a whole run benchmarks/results, and into the README)"
    parser.add_argument("--output", type=Path, metavar="FOLDER", help=output)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
