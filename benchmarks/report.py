"""The results: as a table, as JSON, and in the README between two marks."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.figures import Result
from benchmarks.machine import in_words
from benchmarks.samples import Samples

BEGIN, END = "<!-- make bench writes what follows -->", "<!-- make bench wrote what stands before -->"


def table(results: Sequence[Result]) -> str:
    """What a terminal shows."""
    rows = [("FIGURE", "GOAL", "MEASURED", "VERDICT"), *((r.what, r.goal, r.measured, r.verdict) for r in results)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return "\n".join([*lines, *(f"not measured: {reason}" for reason in reasons(results))])


def reasons(results: Sequence[Result]) -> list[str]:
    """A sentence on each figure that was not measured."""
    return [f"{result.what}: {result.reason}" for result in results if result.reason]


def as_json(results: Sequence[Result], samples: Samples, machine: dict[str, Any]) -> str:
    """Everything: ``machine``, ``figures`` and, for who wants to reckon anew, ``samples``.

    A figure has the keys of ``Result``. A sample is who did what on which network, with its runs: seconds, seconds of
    CPU time, bytes of memory; the last two are 0 where they were not measured.
    """
    return json.dumps(
        {
            "machine": machine,
            "figures": [asdict(result) for result in results],
            "samples": [{**key._asdict(), "runs": [asdict(run) for run in runs]} for key, runs in samples.runs.items()],
        },
        indent=1,
    )


def markdown(results: Sequence[Result], machine: dict[str, Any]) -> str:
    """The picture, the machine and the table, as the README has them."""
    missing = "".join(f"Not measured: {reason}.\n\n" for reason in reasons(results))
    rows = "".join(f"| {r.what} | {r.goal} | {r.measured} | {r.verdict} |\n" for r in results)
    return (
        "![Seconds until the network is up, by number of VTEPs, of vxlab, the script, its batch form, Mininet and the\n"
        "bare-netlink floor](benchmarks/results/growth.svg)\n\n"
        f"Measured on {in_words(machine)}; Python {machine['python']}, iproute2 {machine['iproute2']}, "
        f"Mininet {machine['mininet']}.\n\n"
        f"| figure | goal | measured | verdict |\n| --- | --- | --- | --- |\n{rows}\n{missing}"
        "All runs are in [benchmarks/results/bench.json](benchmarks/results/bench.json).\n"
    )


def put(file: Path, text: str) -> None:
    """Replace what stands between the marks in a file.

    Raises:
        ValueError: it has none.
    """
    before, begin, rest = file.read_text().partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{file} has no marks {BEGIN} and {END}")
    file.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}")
