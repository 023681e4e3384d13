"""``python -m vxlab``."""

from vxlab.cli.main import main

main()
