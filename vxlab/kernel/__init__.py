"""The only layer that talks to the kernel: namespaces, netlink in batches, reading the state back."""
