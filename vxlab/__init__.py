"""vxlab: a topology file becomes a real VXLAN network in Linux namespaces, and proves that it learns."""

__version__ = "0.1.0"
