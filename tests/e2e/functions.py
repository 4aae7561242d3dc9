"""Functions that ministack runs: a program of `target/debug`, zipped as Lambda takes it."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping

from cli import ROOT
from reading import Aws

Invoke = Callable[[dict], dict]


def packed(program: str) -> bytes:
    """Returns the zip of a program, which is called `bootstrap` in it."""
    path = ROOT / "target" / "debug" / program
    assert path.is_file(), f"{path} is missing: scripts/test builds it"
    content = io.BytesIO()
    # debug programs are large and live for a test: packing them well takes longer than it saves
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        entry.compress_type = zipfile.ZIP_DEFLATED
        archive.writestr(entry, path.read_bytes())
    return content.getvalue()


def deployed(aws: Aws, package: bytes, name: str, role: str, variables: Mapping[str, str]) -> Invoke:
    """Creates a function and returns what calls it and gives its answer, or its error."""
    functions = aws.client("lambda")
    functions.create_function(
        FunctionName=name,
        Runtime="provided.al2023",
        Handler="bootstrap",
        Role=role,
        Timeout=20,
        Code={"ZipFile": package},
        # without the endpoint the function would call the real AWS
        Environment={"Variables": {"AWS_ENDPOINT_URL": aws.url, **variables}},
    )
    functions.get_waiter("function_active_v2").wait(FunctionName=name)

    def invoke(event: dict) -> dict:
        answer = functions.invoke(FunctionName=name, Payload=json.dumps(event))
        return json.load(answer["Payload"])

    return invoke
