"""The modules and examples of `terraform/`: laid out, valid, and their own tests, all offline."""

import re
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from cli import ROOT
from terraform import Terraform, copied

CODE = ROOT / "terraform"
MODULES = sorted(path.name for path in (CODE / "modules").iterdir())
FOLDERS = sorted(
    str(path.relative_to(CODE)) for kind in ("modules", "examples") for path in (CODE / kind).iterdir()
)


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future]]:
    """What Terraform says of every folder: two at a time, in a copy, so that nothing is left in the clone."""
    root = tmp_path_factory.mktemp("code")
    # the miyabi example reads the policy of the same system
    copied(ROOT / "examples" / "miyabi" / "policies", root / "examples" / "miyabi" / "policies")
    code = copied(CODE, root / "terraform")

    def judge(folder: str) -> str:
        terraform = Terraform(code / folder).init()
        terraform("validate", "-no-color")
        return terraform("test", "-no-color")

    with ThreadPoolExecutor(2) as pool:
        yield {folder: pool.submit(judge, folder) for folder in FOLDERS}


def test_all_code_is_laid_out() -> None:
    Terraform(CODE)("fmt", "-check", "-recursive", "-diff", "-no-color")


@pytest.mark.parametrize("folder", FOLDERS)
def test_is_valid_and_passes_its_own_tests(judged: dict[str, Future], folder: str) -> None:
    printed = judged[folder].result()
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
