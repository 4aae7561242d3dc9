"""The refresher on the port of AWS's extension, for clients that nobody told another one.

test_emulator.py runs this in a network of its own: elsewhere something else may have the port.
"""

import os
import shutil
from pathlib import Path

import pytest

import emulator
from emulator import FUNCTIONS, Runtime
from test_emulator import succeeds


@pytest.mark.parametrize("handler", ["app.handler", "published.handler"])
def test_a_client_of_awss_extension_needs_no_setting(
    handler: str, opt_with_refresher: Path, secrets: str, tmp_path: Path
) -> None:
    task = tmp_path / "task"
    shutil.copytree(FUNCTIONS / "client", task)
    shutil.copy(os.environ["PUBLISHED_CLIENT"], task / "published-client")
    function = (Runtime.python(), task, handler)
    with emulator.running(*function, opt_with_refresher, {"AWS_ENDPOINT_URL": secrets}, tmp_path) as running:
        succeeds(running)
