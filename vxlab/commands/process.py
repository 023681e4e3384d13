"""The step of a process as one command of util-linux and iproute2: setsid(1), unshare(1), pkill(1).

By hand there is no init that could be asked. So each process is the first of a PID namespace of its own, or has a shell
there that starts it again; and it is ended by the words that it was started with.
"""

from __future__ import annotations

import re

from vxlab.plan import Step
from vxlab.state.kinds.process import variables, words
from vxlab.state.model import Resource

Words = tuple[str, ...]

_AGAIN = {
    "no": (),
    "on-failure": ("sh", "-c", 'until "$@"; do sleep 1; done', "sh"),
    "always": ("sh", "-c", 'while :; do "$@"; sleep 1; done', "sh"),
}
"""What starts a program again, where it is started again."""


def command(step: Step) -> Words:
    """The command as a list of arguments. Where it starts something, its streams have to lead elsewhere."""
    inside = ("ip", "netns", "exec", step.namespace)
    if step.is_start:
        return ("setsid", "--fork", *inside, *_unshare(step.resource))
    return (*inside, "sh", "-c", 'exec pkill --ns "$$" --nslist net -xf -- "$1"', "sh", _pattern(step.resource))


def _unshare(process: Resource) -> Words:
    """A PID namespace, which ends with its first process, and whose /proc shows what is in there."""
    directory = f"--wd={process.get('working_dir')}"
    environment = tuple(f"{name}={value}" for name, value in variables(process).items())
    again = _AGAIN[str(process.get("restart"))]
    front = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc", directory, "--")
    return (*front, *(("env", *environment) if environment else ()), *again, *words(process))


def _pattern(process: Resource) -> str:
    """A regular expression for the command lines that run a process, as pkill(1) sees them."""
    return f"(.* )?{re.escape(' '.join(words(process)))}"
