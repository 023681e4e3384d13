"""A process that stands for its child: who waits for it, stops it or signals it means the child.

Joining a PID namespace takes effect for children alone (setns(2)), so that a command in one cannot be become, as in
``execve``: it has to be waited for. This is ``continue_as_child()`` of util-linux's nsenter, which also passes
signals on.
"""

from __future__ import annotations

import os
import resource
import signal
from contextlib import suppress
from typing import NoReturn

from vxlab.kernel.syscalls import PR_SET_PDEATHSIG, prctl

_SI_KERNEL = 0x80
"""What the kernel sends by itself, such as Ctrl-C of a terminal: to all of the foreground group (sigaction(2))."""

_OWN = {
    signal.SIGCHLD, signal.SIGTSTP, signal.SIGTTIN, signal.SIGPIPE, signal.SIGXFSZ, signal.SIGSEGV, signal.SIGBUS,
    signal.SIGFPE, signal.SIGILL, signal.SIGTRAP, signal.SIGABRT, signal.SIGSYS, signal.SIGXCPU,
}  # fmt: skip
"""What is about this process itself: its child, its place in a terminal, its own mistakes."""

_PASSED_ON = signal.valid_signals() - _OWN - {signal.SIGKILL, signal.SIGSTOP}


def continue_as_child() -> None:
    """Go on in a child, in the PID namespace that was joined. The parent waits, and ends as the child does.

    Both are in one process group: what a terminal sends arrives at both, and is not passed on.

    Raises:
        OSError: the namespace has no init any more (ENOMEM), or there are too many processes.
    """
    terminal = _terminal()
    ignored = signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # who ignores it cannot wait
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {*_PASSED_ON, signal.SIGCHLD})
    pid = os.fork()
    if pid:
        _stand_for(pid, terminal)
    signal.signal(signal.SIGCHLD, ignored)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)  # the one signal that cannot be passed on


def _stand_for(pid: int, terminal: int | None) -> NoReturn:
    """Pass signals on until the child has ended, then end in the same way."""
    while True:
        told = signal.sigwaitinfo({*_PASSED_ON, signal.SIGCHLD})
        if told.si_signo != signal.SIGCHLD:
            if told.si_code != _SI_KERNEL and told.si_pid != pid:
                with suppress(ProcessLookupError):
                    os.kill(pid, told.si_signo)
            continue
        done, status = os.waitpid(pid, os.WNOHANG | os.WUNTRACED)
        if done and os.WIFSTOPPED(status):
            os.kill(os.getpid(), signal.SIGSTOP)
            # Somebody made this process go on.
            os.kill(pid, signal.SIGCONT)
        elif done:
            _take_back(terminal)
            _end_as(status)


def _end_as(status: int) -> NoReturn:
    if os.WIFSIGNALED(status):
        signum = os.WTERMSIG(status)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # the child's core is the one to look at
        if signum != signal.SIGKILL:
            signal.signal(signum, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signum})
        os.kill(os.getpid(), signum)
    os._exit(os.waitstatus_to_exitcode(status))


def _terminal() -> int | None:
    """A descriptor of the terminal in whose foreground this process is; None where it is not."""
    for fd in range(3):
        with suppress(OSError):
            if os.tcgetpgrp(fd) == os.getpgrp():
                return fd
    return None


def _take_back(terminal: int | None) -> None:
    """Be in the foreground again, which a shell leaves to its own group: it cannot name groups of other namespaces."""
    if terminal is not None:
        with suppress(OSError):
            os.tcsetpgrp(terminal, os.getpgrp())
