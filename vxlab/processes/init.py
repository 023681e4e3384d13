"""The init of a node: PID 1 of a PID namespace, which starts, watches and ends the processes of the node.

    python -I -S init.py SOCKET LOG PATIENCE

It is a program of its own that needs no other file of vxlab, so that it is small. As every PID 1 it has two duties
(pid_namespaces(7)): it reaps whatever process loses its parent, and what it does not do with a signal nobody does. On
TERM it asks everything to end, and after PATIENCE seconds it ends itself, whereby the kernel kills what is left.

SOCKET is the descriptor of a stream socket that listens. A request and its answer are a line of JSON each:

    {"do": "start", "name": ..., "run": [...], "environment": {...}, "directory": ..., "restart": ..., "told": ...}
    {"do": "stop", "name": ..., "stay": ...}    answered when it has ended; the last one ends the init, unless it stays
    {"do": "restart", "name": ..., "restart": ..., "told": ...}
    {"do": "list"}
    {"do": "follow"}                            answered by a byte whenever LOG has grown, until the init ends
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType
    from typing import Any, NoReturn

    Request = dict[str, Any]

FIRST_DELAY, LONGEST_DELAY = 0.1, 60.0
"""Seconds before a process is started again: doubled each time."""

SETTLED = 10.0
"""Seconds after which a process that runs has made it, and the next delay is the first again."""

GUEST_PATIENCE = 2.0
"""Seconds that a command of `vxlab exec` has to end."""

LOG_SIZE = 1 << 20
"""Bytes of a log; when it is full it becomes LOG.1, of which there is one."""

LINE = 1 << 14
"""Bytes after which a line of output is broken."""

REQUEST = 1 << 22
"""Bytes of the longest request; execve(2) takes half of it."""


class Log:
    """What the processes print, line by line, each with the time and the name of its process."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.followers: list[socket.socket] = []
        self.fd = -1
        self._open()

    def _open(self) -> None:
        fd = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        if self.fd >= 0:
            os.close(self.fd)
        self.fd = fd
        self.size = os.fstat(fd).st_size
        os.dup2(fd, 2)

    def write(self, name: str, lines: list[bytes]) -> None:
        now = time.time()
        stamp = f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(now))}.{int(now % 1 * 1000):03d}Z {name} ".encode()
        text = b"".join(stamp + line + b"\n" for line in lines)
        try:
            if self.size and self.size + len(text) > LOG_SIZE:
                os.rename(self.path, self.path + ".1")
                self._open()
            self.size += os.write(self.fd, text)
        except OSError:
            return  # a full disk; the processes do not suffer from it
        for follower in list(self.followers):
            try:
                follower.send(b"\n", socket.MSG_DONTWAIT)
            except BlockingIOError:
                pass  # it has been told and has not looked yet
            except OSError:
                self.followers.remove(follower)


class Output:
    """The end of a pipe that a process prints into, and those that it leaves behind."""

    def __init__(self, fd: int, name: str, log: Log) -> None:
        self.fd, self.name, self.log = fd, name, log
        self.rest = b""

    def read(self) -> bool:
        """Take what is there; False at the end."""
        data = os.read(self.fd, 1 << 16)
        *lines, self.rest = (self.rest + data).split(b"\n")
        while len(self.rest) > LINE:
            lines.append(self.rest[:LINE])
            self.rest = self.rest[LINE:]
        if not data and self.rest:
            lines.append(self.rest)
        if lines:
            self.log.write(self.name, lines)
        return bool(data)


class Process:
    """One of the node's processes. It leads a session and a group, which live and end together.

    ``state`` is running, stopping (asked to end, or its group is), waiting (to be started again), or ended.
    """

    def __init__(self, request: Request) -> None:
        self.name = request["name"]
        self.request = request
        self.state = "ended"
        self.pid = 0
        self.status: int | None = None
        self.restarts = 0
        self.delay = FIRST_DELAY
        self.due: float | None = None  # when something has to be done, by the monotonic clock
        self.since = time.time()
        self.begun = 0.0
        self.asked: list[socket.socket] = []  # who waits for its end
        self.next: tuple[socket.socket, Request] | None = None  # who wants it started anew
        self.wanted = self.stay = True

    def turn(self, state: str, due: float | None = None) -> None:
        self.state, self.due, self.since = state, due, time.time()

    def as_data(self) -> Request:
        return {
            "name": self.name,
            "told": self.request["told"],
            "state": self.state,
            "pid": self.pid,
            "status": self.status,
            "restarts": self.restarts,
            "since": self.since,
        }

    def group_is_empty(self) -> bool:
        try:
            os.killpg(self.pid, 0)
        except ProcessLookupError:
            return True
        return False

    def signal(self, signum: int) -> None:
        try:
            os.killpg(self.pid, signum)
        except ProcessLookupError:
            pass


def spawn(request: Request) -> tuple[int, int]:
    """Start a program; returns its process id and the pipe that it prints into.

    Raises OSError with the program or directory that is wrong.
    """
    output, printed = os.pipe()
    trouble, told = os.pipe()
    pid = os.fork()
    if pid == 0:
        become(request, printed, told)
    os.close(printed)
    os.close(told)
    with open(trouble, "rb") as pipe:
        error = pipe.read()
    if error:
        os.waitpid(pid, 0)
        os.close(output)
        number, what = json.loads(error)
        raise OSError(number, os.strerror(number), what)
    os.set_blocking(output, False)
    return pid, output


def become(request: Request, printed: int, told: int) -> NoReturn:
    what = request["directory"]
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDONLY)
        for fd, source in enumerate((nothing, printed, printed)):
            os.dup2(source, fd)
        signal.set_wakeup_fd(-1)
        for signum in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
            signal.signal(signum, signal.SIG_DFL)
        os.chdir(what)
        what = request["run"][0]
        os.execvpe(what, request["run"], request["environment"])
    except OSError as error:
        os.write(told, json.dumps([error.errno, what]).encode())
    finally:
        os._exit(127)


class Init:
    def __init__(self, listener: socket.socket, log: Log, patience: float) -> None:
        self.listener = listener
        self.log = log
        self.patience = patience
        self.processes: dict[str, Process] = {}
        self.outputs: dict[int, Output] = {}
        self.clients: dict[int, tuple[socket.socket, bytearray]] = {}
        self.guests: set[int] = set()
        self.deadline: float | None = None  # when this init ends, whatever still runs
        self.guests_until = 0.0
        self.poll = select.poll()
        self.poll.register(listener, select.POLLIN)
        self.woken, wake = os.pipe()
        for fd in (self.woken, wake):
            os.set_blocking(fd, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        self.poll.register(self.woken, select.POLLIN)
        self.ending = False
        for signum, handler in ((signal.SIGCHLD, self.note), (signal.SIGTERM, self.end), (signal.SIGINT, self.end)):
            signal.signal(signum, handler)

    def note(self, signum: int, frame: FrameType | None) -> None:
        """The wake-up descriptor does the rest."""

    def end(self, signum: int, frame: FrameType | None) -> None:
        self.ending = True

    def run(self) -> None:
        while not self.is_over():
            for fd, _ in self.poll.poll(self.timeout()):
                self.look(fd)
            self.reap()
            if self.ending and self.deadline is None:
                self.shut_down()
            self.tick()
        self.drain()

    def is_over(self) -> bool:
        if self.deadline is None:
            return False
        now = time.monotonic()
        return now >= self.deadline or (not has_children() and (not self.guests or now >= self.guests_until))

    def timeout(self) -> float | None:
        """Milliseconds until something has to be done; None where nothing is waited for but events."""
        due = [process.due for process in self.processes.values() if process.due is not None]
        now = time.monotonic()
        if self.deadline is not None:
            due += [moment for moment in (self.deadline, self.guests_until) if moment > now]
        return max(0, min(due) - now) * 1000 + 1 if due else None

    def look(self, fd: int) -> None:
        if fd == self.listener.fileno():
            self.accept()
        elif fd == self.woken:
            os.read(fd, 4096)
        elif fd in self.outputs:
            self.read_output(fd)
        elif fd in self.guests:
            self.guests.discard(fd)
            self.forget(fd)
        elif fd in self.clients:
            self.read_request(fd)

    def forget(self, fd: int) -> None:
        self.poll.unregister(fd)
        os.close(fd)

    def read_output(self, fd: int) -> None:
        if not self.outputs[fd].read():
            del self.outputs[fd]
            self.forget(fd)

    def drain(self) -> None:
        """Take what was printed before what comes now."""
        for fd in list(self.outputs):
            try:
                self.read_output(fd)  # as much as a pipe holds
            except BlockingIOError:
                continue

    # The processes.

    def start(self, process: Process) -> None:
        """Start a process, or raise OSError."""
        process.pid, output = spawn(process.request)
        self.outputs[output] = Output(output, process.name, self.log)
        self.poll.register(output, select.POLLIN)
        process.begun = time.monotonic()
        process.turn("running")

    def reap(self) -> None:
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if not pid:
                break
            for process in self.processes.values():
                if process.pid == pid and process.state in ("running", "stopping"):
                    self.has_ended(process, os.waitstatus_to_exitcode(status))
        for process in list(self.processes.values()):
            if process.state == "stopping" and process.group_is_empty():
                self.is_gone(process)

    def has_ended(self, process: Process, status: int) -> None:
        """The process itself has; its group ends with it."""
        process.status = status
        if process.state == "running":
            if time.monotonic() - process.begun >= SETTLED:
                process.delay = FIRST_DELAY
            process.turn("stopping", time.monotonic() + self.patience)
            process.signal(signal.SIGTERM)

    def is_gone(self, process: Process) -> None:
        """Nothing is left of a process: it is started again, or that is told to who waits for it."""
        self.drain()
        restart = process.request["restart"]
        if process.wanted and (restart == "always" or (restart == "on-failure" and process.status)):
            self.say(process, f"starts again in {process.delay:g} s")
            process.turn("waiting", time.monotonic() + process.delay)
            process.delay = min(process.delay * 2, LONGEST_DELAY)
            return
        self.say(process, "")
        process.turn("ended")
        if process.next is not None:
            self.do_start(*process.next)
        elif not process.wanted:
            self.drop(process)

    def say(self, process: Process, then: str) -> None:
        status = process.status
        how = "has ended" if status is None else f"exit status {status}" if status >= 0 else signal_name(-status)
        self.log.write(process.name, [f"[{'; '.join(filter(None, (how, then)))}]".encode()])

    def drop(self, process: Process) -> None:
        del self.processes[process.name]
        for client in process.asked:
            self.answer(client, {})
        if not self.processes and not process.stay:
            self.ending = True

    def tick(self) -> None:
        """Do what is due."""
        now = time.monotonic()
        for process in list(self.processes.values()):
            if process.due is None or process.due > now:
                continue
            process.due = None
            if process.state == "stopping":
                process.signal(signal.SIGKILL)
            elif process.state == "waiting" and not self.ending:
                self.start_again(process)

    def start_again(self, process: Process) -> None:
        process.restarts += 1
        try:
            self.start(process)
        except OSError as error:
            self.log.write(process.name, [f"[{error.filename}: {error.strerror}]".encode()])
            process.status = 127
            self.is_gone(process)

    def shut_down(self) -> None:
        """Ask everything to end."""
        now = time.monotonic()
        self.deadline, self.guests_until = now + self.patience, now + GUEST_PATIENCE
        for process in self.processes.values():
            process.wanted, process.stay, process.due = False, True, None
        children = set(children_of_mine())
        for pid in all_processes():
            if pid not in children:
                self.watch_guest(pid)
        try:
            os.kill(-1, signal.SIGTERM)
        except ProcessLookupError:
            pass  # there is nothing

    def watch_guest(self, pid: int) -> None:
        """Wait for a command of `vxlab exec`, or a child of one, which is no child of this init."""
        try:
            fd = os.pidfd_open(pid)
        except OSError:
            return
        self.guests.add(fd)
        self.poll.register(fd, select.POLLIN)

    # The requests.

    def accept(self) -> None:
        try:
            client, _ = self.listener.accept()
        except OSError:
            return  # who called has gone
        client.setblocking(False)
        self.clients[client.fileno()] = (client, bytearray())
        self.poll.register(client, select.POLLIN)

    def read_request(self, fd: int) -> None:
        client, text = self.clients[fd]
        try:
            data = client.recv(1 << 16)
        except OSError:
            data = b""
        text += data
        if not data or len(text) > REQUEST:
            self.hang_up(client)
        elif text.endswith(b"\n"):
            self.obey(client, json.loads(text))
            text.clear()

    def obey(self, client: socket.socket, request: Request) -> None:
        do = {
            "start": self.do_start,
            "stop": self.do_stop,
            "restart": self.do_restart,
            "list": self.do_list,
            "follow": self.do_follow,
        }[request["do"]]
        do(client, request)

    def hang_up(self, client: socket.socket) -> None:
        self.poll.unregister(client)
        del self.clients[client.fileno()]
        if client in self.log.followers:
            self.log.followers.remove(client)
        client.close()

    def answer(self, client: socket.socket, data: Request) -> None:
        try:
            client.settimeout(1)
            client.sendall(json.dumps(data).encode() + b"\n")
            client.setblocking(False)
        except OSError:
            pass  # who asked has gone

    def do_start(self, client: socket.socket, request: Request) -> None:
        process = self.processes.get(request["name"])
        if process is not None and process.state == "stopping":
            process.next = (client, request)
            return
        if process is None or process.state != "running":
            process = Process(request)
            try:
                self.start(process)
            except OSError as error:
                self.answer(client, {"error": f"{error.filename}: {error.strerror}"})
                return
            self.processes[process.name] = process
        self.answer(client, {})

    def do_restart(self, client: socket.socket, request: Request) -> None:
        process = self.processes[request["name"]]
        process.request = {**process.request, "restart": request["restart"], "told": request["told"]}
        self.answer(client, {})

    def do_stop(self, client: socket.socket, request: Request) -> None:
        process = self.processes.get(request["name"])
        if process is None:
            self.answer(client, {})
            self.ending = self.ending or not (self.processes or request["stay"])
            return
        process.wanted, process.stay = False, request["stay"]
        process.asked.append(client)
        if process.state == "running":
            process.turn("stopping", time.monotonic() + self.patience)
            process.signal(signal.SIGTERM)
        elif process.state != "stopping":
            self.drop(process)

    def do_list(self, client: socket.socket, request: Request) -> None:
        self.drain()
        self.answer(client, {"processes": [process.as_data() for process in self.processes.values()]})

    def do_follow(self, client: socket.socket, request: Request) -> None:
        self.log.followers.append(client)
        self.answer(client, {})


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    return True


def all_processes() -> list[int]:
    """All of the PID namespace but this one, as far as /proc shows it."""
    return [int(name) for name in os.listdir("/proc") if name.isdigit() and name != "1"]


def children_of_mine() -> list[int]:
    try:
        with open("/proc/thread-self/children") as file:
            return [int(word) for word in file.read().split()]
    except OSError:  # CONFIG_PROC_CHILDREN
        return []


def main() -> None:
    fd, path, patience = sys.argv[1:]
    os.umask(0o022)
    listener = socket.socket(fileno=int(fd))
    listener.setblocking(False)
    os.set_inheritable(listener.fileno(), False)
    Init(listener, Log(path), float(patience)).run()


if __name__ == "__main__":
    main()
