"""The only layer that talks to the kernel: namespaces, netlink in batches, reading the state back."""

from vxlab.kernel import messages_alone

messages_alone.prepare()
