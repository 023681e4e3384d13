"""Labs without root: a user namespace in which the user is root, and one process, the holder, that keeps it.

The holder is PID 1 of a PID namespace of its own, in user, mount and network namespaces of its own (user_namespaces(7),
pid_namespaces(7)). A command of the user joins these namespaces, and from there on does what it does for root.
"""
