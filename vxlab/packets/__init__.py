"""Frames: crafted and dissected with scapy, captured with packet sockets."""
