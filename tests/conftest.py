"""What all tests share."""

from pathlib import Path

import hypothesis
import pytest

# Whether an example is quick depends on the machine, not on the code.
hypothesis.settings.register_profile("vxlab", deadline=None)
hypothesis.settings.load_profile("vxlab")

ROOT = Path(__file__).parent.parent
TOPOLOGIES = sorted((ROOT / "topologies").glob("*.yaml"))


@pytest.fixture(params=TOPOLOGIES, ids=lambda path: path.stem)
def library_file(request: pytest.FixtureRequest) -> Path:
    """Each file of the topology library in turn."""
    return request.param
