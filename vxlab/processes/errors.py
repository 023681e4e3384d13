"""What can go wrong with the processes of a node."""


class ProcessError(Exception):
    """A process, or the init that starts it, does not do what is asked; the message says which and why."""

    status = 1


def reason(error: BaseException) -> str:
    """What went wrong, without the number of an error."""
    if isinstance(error, OSError) and error.strerror:
        return ": ".join(str(part) for part in (error.filename, error.strerror) if part)
    return str(error)


class EndedError(ProcessError):
    """The init has ended before it answered."""
