"""Proof: what a lab must show on the wire and in its tables, and the evidence that it does."""
