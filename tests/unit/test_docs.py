"""The documents: every topology in them is one."""

import re
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.unit.test_schema import data, wrong
from vxlab.topology import load

BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks(document: Path) -> list[str]:
    return BLOCK.findall(document.read_text(encoding="utf-8"))


def written(block: str, directory: Path) -> Path:
    """A block as a file; one that names itself a template is one."""
    file = directory / ("lab.yaml.j2" if re.match(r"# \S+\.j2$", block, re.MULTILINE) else "lab.yaml")
    file.write_text(block)
    return file


BLOCKS = [
    pytest.param(block, id=f"{document.name}-{number}")
    for document in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
    for number, block in enumerate(blocks(document))
]


@pytest.mark.parametrize("block", BLOCKS)
def test_every_topology_in_the_documents_is_one(block: str, tmp_path: Path) -> None:
    file = written(block, tmp_path)
    assert load(file).nodes
    assert file.suffix == ".j2" or wrong(data(block)) == []


def test_the_guide_has_examples() -> None:
    assert len(blocks(ROOT / "docs" / "topology.md")) > 10


@pytest.mark.parametrize(
    "document", [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md"], ids=lambda file: file.name
)
def test_links_in_the_documents_lead_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("http"):
            continue
        file, _, section = target.partition("#")
        place = document.parent / file if file else document
        assert place.exists(), target
        titles = re.findall(r"^#+ (.+)$", place.read_text(encoding="utf-8"), re.MULTILINE) if section else []
        assert not section or section in [
            re.sub(r"[^a-z0-9 _-]", "", title.lower()).replace(" ", "-") for title in titles
        ]
