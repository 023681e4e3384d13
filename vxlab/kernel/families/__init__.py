"""The frames of the netlink messages, a file for each family: how a step is sent, and how a dump is read.

Each module has ``encode(step, encoder)``, ``dumps(tables)`` (the requests whose answers list what there is), and
``read(message, tables)`` (the resources that one message of an answer tells of).
"""
