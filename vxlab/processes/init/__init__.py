"""The init of a node: PID 1 of a PID namespace, which starts, watches and ends the processes of the node.

    python -I -S vxlab/processes/init/__main__.py SOCKET LOG PATIENCE

It is a program of its own, which loads little: a lab may have hundreds. As every PID 1 it has two duties
(pid_namespaces(7)): it reaps whatever process loses its parent, and what it does not do with a signal nobody does. On
TERM it asks everything to end, and after PATIENCE seconds it ends itself, whereby the kernel kills what is left.

SOCKET is the descriptor of a stream socket that listens. A request and its answer are a line of JSON each:

    {"do": "start", "name": ..., "run": [...], "environment": {...}, "directory": ..., "restart": ..., "told": ...}
    {"do": "stop", "name": ..., "stay": ...}    answered when it has ended; the last one ends the init, unless it stays
    {"do": "list"}                              answered with what is known of each, and the ``told`` that came with it
    {"do": "follow"}                            answered by a byte whenever LOG has grown, until the init ends

``main`` has the loop, ``supervisor`` the processes, ``server`` the requests, ``log`` what the processes print.
"""
