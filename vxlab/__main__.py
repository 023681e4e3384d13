"""``python -m vxlab``."""

from vxlab.cli.program import main

main()
