"""What people write: a topology file, checked with line numbers, expanded to the state that it means. Pure.

    topology = load(Path("topologies/multicast.yaml"))
    topology.state      # the NetworkState that it means
    topology.document   # its low-level form, as plain data

``load`` raises ``TopologyError`` with every mistake of the file. A file that is a template is given settings:
``load(Path("big.yaml.j2"), {"n": 50})``, or ``settings_from(["n=50"])`` as on the command line.
"""

from vxlab.topology.errors import Problem, TopologyError
from vxlab.topology.load import MachineError, Topology, load, loads
from vxlab.topology.settings import SettingError, settings_from

__all__ = ["MachineError", "Problem", "SettingError", "Topology", "TopologyError", "load", "loads", "settings_from"]
