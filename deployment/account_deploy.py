"""`cdk synth` and `cdk deploy` for an AWS account, with the output of the CDK CLI on your screen."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from deployment.assembly import Assembly
from deployment.cdk import cli_command
from deployment.errors import ActionableError
from deployment.paths import REPOSITORY

DIRECTORY = REPOSITORY / "build" / "aws"
# The image can be pushed only after the app's own repository exists: publish it with the stack that needs it.
_DEPLOY_OPTIONS = ("--asset-prebuild=false",)


def synth(context: Sequence[str], stage: str = "", *, directory: Path = DIRECTORY, validate: bool) -> Assembly:
    """Synthesise the app and return its cloud assembly.

    Args:
        context: Context values as arguments: `-c NAME=VALUE`, repeated.
        stage: Construct path of a `cdk.Stage`. Default: the app itself, or its only stage.
        directory: The directory for `cdk.out` and the log. Default: build/aws.
        validate: Whether the CDK validates the templates, which takes seconds.

    Raises:
        ActionableError: the app does not synthesise.
    """
    output, log = directory / "cdk.out", directory / "synth.log"
    directory.mkdir(parents=True, exist_ok=True)
    # Stacks that an older app left there would be deployed as well.
    shutil.rmtree(output, ignore_errors=True)
    variables = _variables() | ({} if validate else {"CDK_VALIDATION": "false"})
    command = cli_command("synth", "--quiet", "--no-notices", "--output", str(output), *context)
    with log.open("wb") as file:
        status = subprocess.run(  # noqa: S603
            command, cwd=REPOSITORY, env=variables, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT
        ).returncode
    if status != 0:
        lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
        raise ActionableError("the app does not synthesise", "\n".join(lines[-5:]), f"see {log}")
    return Assembly.load(output, stage)


def deploy_command(assembly: Path, stacks: Sequence[str], arguments: Sequence[str]) -> list[str]:
    """Return the command that deploys stacks of an assembly: what the preflight has read is what is deployed.

    Args:
        assembly: The cloud assembly.
        stacks: Names or patterns of stacks; empty for all.
        arguments: More arguments of `cdk deploy`.
    """
    return cli_command(
        "deploy", "--app", str(assembly.resolve()), *_DEPLOY_OPTIONS, *arguments, *(stacks or ("--all",))
    )


def run_deploy(command: Sequence[str]) -> int:
    """Run the command on this terminal and return its exit status.

    Ctrl-C reaches the CLI as well; this process waits for it, so that the result can be read afterwards.
    """
    process = subprocess.Popen(list(command), cwd=REPOSITORY, env=_variables())  # noqa: S603
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            sys.stderr.write("\nwaiting for the CDK CLI to end\n")


def _variables() -> dict[str, str]:
    node = cli_command()[0]
    path = f"{Path(node).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return {**os.environ, "PATH": path, "JSII_NODE": node}
