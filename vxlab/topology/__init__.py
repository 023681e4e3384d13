"""What people write: a topology file, checked with line numbers, expanded to the state that it means. Pure.

    topology = load(Path("topologies/multicast.yaml"))
    topology.state      # the NetworkState that it means
    topology.document   # its low-level form, as plain data

``load`` raises ``TopologyError`` with every mistake of the file.
"""

from vxlab.topology.errors import Problem, TopologyError
from vxlab.topology.load import Topology, load, loads

__all__ = ["Problem", "Topology", "TopologyError", "load", "loads"]
