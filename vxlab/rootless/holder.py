"""The holder: the process that keeps a user's labs, and with which they go.

It is run as a program of its own, by its path, and imports nothing but the standard library: it lives as long as the
labs do, and need not keep in memory what the command had that started it. As PID 1 of its PID namespace it takes all
that runs in there along when it ends, however it ends (pid_namespaces(7)).

It ends when no command is connected to it and there is no lab, and when its user has logged out.
"""

import os
import resource
import select
import signal
import socket
import struct
import sys
from contextlib import suppress
from pathlib import Path

NAME = "vxlab-holder"
"""What ps(1) calls it. The kernel keeps 15 bytes (PR_SET_NAME of prctl(2))."""

GREETING = b"\n"
"""What a command gets when it has been counted: from then on the holder stays until the command ends."""

LABS = Path("/run/vxlab")
RECORDS = ("record.json", "next.json")
NAMES = Path("/run/netns")
USERS = Path("/run/systemd/users")
"""Where systemd-logind says of each user whether somebody is logged in; sd_uid_get_state(3) reads it."""

LINGERING = Path("/var/lib/systemd/linger")
"""Where it has a file for each user who lingers."""

_GONE = ("closing", "offline")

_UCRED = struct.Struct("=iII")


def is_logged_in(uid: int) -> bool:
    """Whether systemd-logind knows that a user is logged in, or wants their processes to stay (loginctl(1), linger)."""
    try:
        lines = (USERS / str(uid)).read_text(errors="replace").splitlines()
    except OSError:
        return False
    told = dict(line.split("=", 1) for line in lines if "=" in line)
    # A session that has ended is closing as long as anything runs in it, as the holder does: also of one who lingers.
    return told.get("STATE") not in _GONE or (LINGERING / told.get("NAME", "-")).exists()


class Holder:
    """Commands come, are counted and go."""

    def __init__(self, listener: socket.socket, watch: int, uid: int) -> None:
        """Take over what the first command has prepared.

        Args:
            listener: the socket on which commands ask.
            watch: an inotify descriptor for ``USERS``; -1 where the end of a login is not to be waited for.
            uid: the user, by the number that the machine has for them.
        """
        self._listener = listener
        self._watch = watch
        self._uid = uid
        self._commands: dict[int, socket.socket] = {}
        self._poll = select.poll()
        for fd in (listener.fileno(), watch):
            if fd >= 0:
                self._poll.register(fd, select.POLLIN)

    def run(self) -> None:
        """Stay as long as there is anything to hold."""
        # Somebody may have logged out while this was being made.
        staying = self._is_wanted()
        while staying:
            staying = self._handle() and (bool(self._commands) or has_labs())

    def _is_wanted(self) -> bool:
        return self._watch < 0 or is_logged_in(self._uid)

    def _handle(self) -> bool:
        """Wait for something to happen; whether the user is still there."""
        for fd, _ in self._poll.poll():
            if fd == self._listener.fileno():
                self._welcome()
            elif fd == self._watch:
                os.read(fd, 65536)
                if not self._is_wanted():
                    return False
            else:
                # A command sends nothing: it has ended.
                self._poll.unregister(fd)
                self._commands.pop(fd).close()
        return True

    def _welcome(self) -> None:
        # Whoever has connected may have gone already.
        with suppress(OSError):
            command, _ = self._listener.accept()
            # Anybody on the machine may connect. Of all users only this one is known in here, and as root.
            if _UCRED.unpack(command.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size))[1] != 0:
                command.close()
                return
            command.send(GREETING, socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
            self._commands[command.fileno()] = command
            self._poll.register(command, select.POLLIN)


def has_labs() -> bool:
    """Whether anything of a lab is there: a namespace, or its record. What else is there a kill has left."""
    while True:
        # A directory may go while it is read: then there is one less to read.
        with suppress(FileNotFoundError):
            return any(NAMES.glob("*")) or any(path.name in RECORDS for path in LABS.glob("*/*"))


def main() -> None:
    """Be the holder. The arguments are the two descriptors and the user (see ``Holder``)."""
    listener, watch, uid = map(int, sys.argv[1:])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps the orphans that PID 1 gets
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    os.chdir("/")
    _let_go(listener, watch)
    with suppress(OSError):
        Path("/proc/self/comm").write_text(NAME)
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    Holder(socket.socket(fileno=listener), watch, uid).run()


def _let_go(*kept: int) -> None:
    """Close all else that was open where the first command was started, such as a pipe that somebody reads."""
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    for fd in [int(name) for name in os.listdir("/proc/self/fd")]:  # noqa: PTH208  /proc need not be looked at twice
        if fd > 2 and fd not in kept:
            with suppress(OSError):  # that of the list itself
                os.close(fd)


if __name__ == "__main__":
    main()
