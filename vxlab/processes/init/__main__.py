"""What is started: it finds the rest of vxlab from where it lies, and no other path is searched."""

import sys
from os.path import abspath, dirname

sys.path.append(dirname(dirname(dirname(dirname(abspath(__file__))))))

from vxlab.processes.init.main import main

if __name__ == "__main__":
    main(*sys.argv[1:])
