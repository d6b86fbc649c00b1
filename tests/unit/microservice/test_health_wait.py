"""The wait for a healthy container: which status codes are a success, and when it gives up."""

import subprocess
from pathlib import Path

import pytest

from microservice import ServiceSpec
from microservice.health_wait import wait_until_healthy


def run(
    folder: Path, *responses: str, health_codes: str = "200-499", timeout: int = 60
) -> subprocess.CompletedProcess[str]:
    """Run the wait with a `curl` that gets one response after the other; the last one repeats."""
    (folder / "responses").write_text("\n".join([*responses, ""]))
    programs = {
        "curl": 'head -n 1 responses; [ $(wc -l < responses) = 1 ] || sed -i 1d responses; echo "$*" >> calls',
        "sleep": "echo sleep >> calls",
    }
    for name, does in programs.items():
        (folder / name).write_text(f"#!/bin/bash\n{does}\n")
        (folder / name).chmod(0o755)
    script = "set -euo pipefail\n" + wait_until_healthy(
        ServiceSpec(name="bills", health_codes=health_codes), timeout_seconds=timeout
    )
    environment = {"PATH": f"{folder}:/usr/bin:/bin"}
    return subprocess.run(["/bin/bash", "-c", script], cwd=folder, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("health_codes", "status", "is_success"),
    [
        ("200-499", "200", True),
        ("200-499", "302", True),
        ("200-499", "404", False),
        ("200-499", "500", False),
        ("200", "204", False),
        ("200,401", "401", True),
        ("200,401", "404", False),
        ("400-404", "403", True),
        ("200-399,401-403", "402", True),
    ],
)
def test_client_errors_are_a_success_only_if_they_are_meant(
    health_codes: str, status: str, is_success: bool, tmp_path: Path
) -> None:
    finished = run(tmp_path, status, health_codes=health_codes, timeout=0)
    assert (finished.returncode == 0) == is_success
    assert (status in finished.stderr) != is_success


def test_requests_repeat_until_the_first_success(tmp_path: Path) -> None:
    assert run(tmp_path, "000", "503", "404", "200").returncode == 0
    calls = (tmp_path / "calls").read_text().splitlines()
    assert calls.count("sleep") == 3
    assert calls[-1].endswith("http://127.0.0.1:8080/livez")


def test_the_message_says_that_nothing_responded(tmp_path: Path) -> None:
    assert "/livez responded with nothing" in run(tmp_path, "000", timeout=0).stderr
