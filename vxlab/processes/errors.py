"""What can go wrong with the processes of a node."""


class ProcessError(Exception):
    """A process, or the init that starts it, does not do what is asked; the message says which and why."""

    status = 1


class EndedError(ProcessError):
    """The init has ended before it answered."""
