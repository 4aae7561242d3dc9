"""The modules and examples of `terraform/`: laid out, valid, and their own tests, all offline."""

import re
from pathlib import Path

import pytest

from cli import ROOT
from terraform import Terraform, copied

CODE = ROOT / "terraform"
MODULES = sorted(path.name for path in (CODE / "modules").iterdir())
EXAMPLES = sorted(path.name for path in (CODE / "examples").iterdir())


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, so that nothing that Terraform leaves lies in the clone."""
    root = tmp_path_factory.mktemp("code")
    # the miyabi example reads the policy of the same system
    copied(ROOT / "examples" / "miyabi" / "policies", root / "examples" / "miyabi" / "policies")
    return copied(CODE, root / "terraform")


def test_all_code_is_laid_out() -> None:
    Terraform(CODE)("fmt", "-check", "-recursive", "-diff", "-no-color")


@pytest.mark.parametrize("folder", [f"modules/{m}" for m in MODULES] + [f"examples/{e}" for e in EXAMPLES])
def test_is_valid_and_passes_its_own_tests(code: Path, folder: str) -> None:
    terraform = Terraform(code / folder).init()
    terraform("validate", "-no-color")
    printed = terraform("test", "-no-color")
    # no test at all would pass as well
    passed = re.search(r"Success! (\d+) passed, 0 failed\.", printed)
    assert passed and int(passed[1]) > 0, printed


@pytest.mark.parametrize("module", MODULES)
def test_a_readme_names_every_input_and_output(module: str) -> None:
    folder = CODE / "modules" / module
    readme = (folder / "README.md").read_text()
    inputs, outputs = readme.split("## Inputs")[1].split("## Outputs")
    for kind, file, table in (("variable", "variables.tf", inputs), ("output", "outputs.tf", outputs)):
        declared = re.findall(rf'^{kind} "(\w+)"', (folder / file).read_text(), re.MULTILINE)
        assert re.findall(r"^\| `(\w+)`", table, re.MULTILINE) == declared
