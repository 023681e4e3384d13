"""Network namespaces, as ``ip netns`` makes and lists them (ip-netns(8))."""

from vxlab.state.kind import Family, Kind

NAMESPACE = Kind("namespace", Family.NAMESPACE, (), "a network namespace: one node of a lab")
