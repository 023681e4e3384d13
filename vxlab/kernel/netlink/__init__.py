"""Netlink messages that pyroute2 0.9 does not have, or not whole; each encodes and decodes.

pyroute2 keeps the compiled table of attributes on a class, and a class derived from one whose table is compiled takes
that table for its own. So the classes here derive from ``nlmsg``, ``nla`` and pyroute2's plain mixins, which have no
table, and take longer attribute lists and inner classes over by name. Nothing of pyroute2 itself is changed.
"""
