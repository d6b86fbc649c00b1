"""The spec as Python source: ruff accepts it unchanged, and it has the same values."""

import subprocess
import sys
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from copilot_import.python_source import assignment
from tests.conftest import ROOT

AWKWARD = [
    *(
        "",
        "plain",
        "it's",
        'a "quoted" word',
        "'\"",
        '""\'',
        "\\",
        "\\n",
        "a\nb",
        "\t",
        "\x1b[0m",
        "é – “x”",
        "日本",
        "{x}",
    ),
    *("0.0.0.0", "::", "/tmp", "/tmp/x", "/tmpx", "/var/tmp/a", "/dev/shm", "http://0.0.0.0", "x" * 120, "x y " * 40),
    *("https://example.com/" + "a" * 200, "see https://example.com/" + "a" * 120, "a" * 97, "a" * 98, "a " * 50),
    *("# noqa", "password", "hunter2", "%s", "\u200b", "\ufeff", "\x00", "😀", "a" * 110 + " https://e.com"),
]
NAMES = ["A", "PASSWORD", "DB_PASSWORD", "API_TOKEN", "LOG_LEVEL", "A_RATHER_LONG_NAME_OF_A_VARIABLE"]


def source(environment: dict[str, str]) -> str:
    values = {"name": "shop", "port": 8080, "health_path": "/", "target_cpu_percent": 60, "environment": environment}
    return assignment(values, {"target_cpu_percent": 60, "environment": {}})


def ruff_findings(directory: Path) -> str:
    """Violations and changes that ruff reports with this project's configuration."""
    config = ["--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    runs = [
        subprocess.run([sys.executable, "-m", "ruff", *words, *config, str(directory)], capture_output=True, text=True)
        for words in (["check", "--quiet", "--output-format=concise"], ["format", "--diff", "--quiet"])
    ]
    return "".join(run.stdout + run.stderr for run in runs)


def test_ruff_accepts_the_source_unchanged(tmp_path):
    head = '"""A service."""\n\nfrom microservice import ServiceSpec\n\n'
    (tmp_path / "plain.py").write_text(head + source({}))
    for number, value in enumerate(AWKWARD):
        environment = dict.fromkeys(NAMES, value)
        (tmp_path / f"awkward_{number}.py").write_text(head + source(environment))
    assert ruff_findings(tmp_path) == ""


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.from_regex(r"[A-Z][A-Z_]{0,8}X", fullmatch=True), st.text(max_size=40), max_size=3))
def test_the_source_evaluates_to_the_same_values(environment):
    written = source(environment)
    scope: dict[str, object] = {"ServiceSpec": dict}
    exec(written, scope)
    assert scope["SPEC"] == {
        "name": "shop",
        "port": 8080,
        "health_path": "/",
        **({"environment": environment} if environment else {}),
    }
    assert written.isascii()


def test_defaults_are_omitted():
    assert source({}) == 'SPEC = ServiceSpec(\n    name="shop",\n    port=8080,\n    health_path="/",\n)\n'
