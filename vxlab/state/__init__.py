"""The one model of a network: what exists, whether in a file (desired) or in the kernel (actual).

Pure: nothing here imports pyroute2, scapy or typer, needs root, or reads anything but its arguments.
"""
