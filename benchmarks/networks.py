"""The networks that are measured, as topology files."""


def flat(size: int) -> str:
    """N VTEPs, one host each, one segment in mode multicast, one underlay switch: 2 N + 1 namespaces."""
    return (
        f"name: bench\nunderlay: {{subnet: 172.16.0.0/16}}\nsegments: {{s: {{vni: 42}}}}\n"
        f"vteps: {{'v[1-{size}]': {{}}}}\nhosts: {{'h[1-{size}]': {{vtep: 'v[1-{size}]'}}}}\n"
    )
