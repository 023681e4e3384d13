"""Which bench runs which test: this is the only place that says so.

There are two benches. One is this machine with the kernel that it has (`make test`), the other is a virtual machine
with Debian's kernel, which is an older one with nearly everything in it (`make test-vm`, tests/vm). A test asks for
features of the kernel, by the names that `vxlab doctor` has for them:

    @pytest.mark.needs("vrf", "bridge vlan_filtering")

It runs on this machine where its kernel has them all, and else on the virtual one. What is marked `vm` runs on the
virtual one too: a sample of those that need nothing. What neither bench has is an error, so that no test is forgotten.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from vxlab.doctor.model import Verdict

_LEFT = pytest.StashKey[Counter[str]]()
"""What is not run here: how many tests, by the features that this kernel lacks."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("benches")
    group.addoption("--list-vm", metavar="FILE", type=Path, help="write which tests are the virtual bench's; run none")
    group.addoption("--bench", choices=("machine", "vm"), default="machine", help="which of the two benches this is")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_LEFT] = Counter()


# After -m and -k have chosen.
@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    lacking = {item: lacks for item, lacks in zip(items, _lacking(items), strict=True) if lacks}
    if config.option.list_vm:
        theirs = [item for item in items if item in lacking or item.get_closest_marker("vm")]
        config.option.list_vm.write_text("".join(f"{item.nodeid}\n" for item in theirs))
        items.clear()
    elif config.option.bench == "vm":
        _refuse(
            f"{item.nodeid} needs {told(lacks)}, which the kernel of neither bench has"
            for item, lacks in lacking.items()
        )
    elif lacking:
        config.stash[_LEFT].update(map(told, lacking.values()))
        config.hook.pytest_deselected(items=list(lacking))
        items[:] = [item for item in items if item not in lacking]


def needed(item: pytest.Item) -> set[str]:
    """The features that a test asks for."""
    return {name for mark in item.iter_markers("needs") for name in mark.args}


def told(features: Iterable[str]) -> str:
    return " and ".join(sorted(features))


def _lacking(items: Sequence[pytest.Item]) -> list[set[str]]:
    """Of each test the features that it needs and the running kernel does not have."""
    asked = [needed(item) for item in items]
    if not any(asked):
        return asked
    verdicts = features()
    _refuse(
        f"{item.nodeid} needs {told(unknown)}: `vxlab doctor` has no such name"
        for item, names in zip(items, asked, strict=True)
        if (unknown := names - verdicts.keys())
    )
    return [{name for name in names if verdicts[name] != Verdict.OK} for names in asked]


def features() -> dict[str, str]:
    """The verdict of `vxlab doctor` on each thing that a kernel may have."""
    from vxlab.doctor import kernel
    from vxlab.doctor.trial import alone

    return alone(lambda: {finding.name: finding.verdict for finding in kernel.findings()})


def _refuse(mistakes: Iterable[str]) -> None:
    if found := list(mistakes):
        raise pytest.UsageError(*found)


# Where the tests are spread, it is the workers that collect them, each of them all.
@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left"] = dict(session.config.stash[_LEFT])


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: object) -> None:
    node.config.stash[_LEFT] = Counter(getattr(node, "workeroutput", {}).get("left"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for lacks, count in config.stash[_LEFT].most_common():
        terminalreporter.write_line(f"left to `make test-vm`: {count} that need {lacks}, which this kernel lacks")
