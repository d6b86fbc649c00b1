"""pip-audit and npm as subprocesses."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from supply_chain.locks import Package
from supply_chain.verdict import Audited, Key, UnreachableError, from_pip_audit

OSV_URL = "https://api.osv.dev/v1/query"
# https://osv.dev/vulnerability/GHSA-462w-v97r-4m45
PYTHON_CANARY: Key = ("jinja2", "2.4.1")
# https://github.com/advisories/GHSA-p6mc-m468-83gw
NPM_CANARY: Key = ("lodash", "4.17.15")
_SECONDS = 600


def audit_python(packages: Sequence[Package], *, osv_url: str = OSV_URL) -> Audited:
    """Compare packages and the canary with the OSV database.

    Args:
        packages: the packages, also with several versions of one.
        osv_url: URL of the service. Default: that of OSV.

    Raises:
        UnreachableError: The service gave no result.
    """
    keys = sorted({(package.name, package.version) for package in packages} | {PYTHON_CANARY})
    done: list[Audited] = []
    while keys:
        # pip-audit accepts one version of a package at a time.
        batch = dict(reversed(keys))
        keys = [key for key in keys if batch[key[0]] != key[1]]
        done.append(_pip_audit("".join(f"{name}=={version}\n" for name, version in sorted(batch.items())), osv_url))
    return Audited(
        packages=frozenset().union(*(one.packages for one in done)),
        vulnerable={key: ids for one in done for key, ids in one.vulnerable.items()},
    )


def audit_npm(lock: Path, npm: str = "npm", *, registry: str | None = None) -> Audited:
    """Compare the packages of a `package-lock.json` and the canary with the advisories of the npm registry.

    Args:
        lock: the lock file.
        npm: the program.
        registry: URL of the registry. Default: that of npm's settings.

    Raises:
        UnreachableError: The registry gave no result.
    """
    with tempfile.TemporaryDirectory(prefix="audit-") as directory:
        found = json.loads(lock.read_text())
        name, version = NPM_CANARY
        found["packages"][f"node_modules/{name}"] = {"version": version}
        found["packages"][""].setdefault("dependencies", {})[name] = version
        (Path(directory) / "package-lock.json").write_text(json.dumps(found))
        (Path(directory) / "package.json").write_text(json.dumps(found["packages"][""]))
        command = [npm, "audit", "--json", "--package-lock-only", *([f"--registry={registry}"] if registry else [])]
        report = _json_of(command, directory)
    if "metadata" not in report:
        raise UnreachableError(str(report.get("message") or "npm reported nothing"))
    locked = {(path.rpartition("node_modules/")[2], one["version"]) for path, one in found["packages"].items() if path}
    # npm reports the number of packages only: all of them, or an unknown part.
    is_complete = report["metadata"]["dependencies"]["total"] == sum(bool(path) for path in found["packages"])
    versions = dict(sorted(locked))
    vulnerable = {
        (name, versions.get(name, "")): tuple(sorted({str(one.get("url", one)) for one in _advisories(entry)}))
        for name, entry in report["vulnerabilities"].items()
    }
    return Audited(packages=frozenset(locked if is_complete else ()), vulnerable=vulnerable)


def _advisories(entry: Any) -> list[Any]:
    return [one if isinstance(one, dict) else {"url": f"{one} (a dependency)"} for one in entry["via"]]


def _pip_audit(text: str, osv_url: str) -> Audited:
    with tempfile.TemporaryDirectory(prefix="audit-") as directory:
        file = Path(directory) / "requirements.txt"
        file.write_text(text)
        options = ["--disable-pip", "--no-deps", "--progress-spinner", "off", "--format", "json"]
        service = ["--vulnerability-service", "osv", "--osv-url", osv_url]
        report = _json_of([sys.executable, "-m", "pip_audit", *options, *service, "-r", str(file)], directory)
    return from_pip_audit(report)


def _json_of(command: Sequence[str], directory: str) -> Any:
    """Return the JSON that a command prints; its exit status is 1 also if it found vulnerabilities."""
    try:
        ended = subprocess.run(  # noqa: S603
            list(command), cwd=directory, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        return json.loads(ended.stdout)
    except subprocess.TimeoutExpired as error:
        raise UnreachableError(f"no result after {_SECONDS} s") from error
    except ValueError as error:
        lines = [line for line in ended.stderr.splitlines() if line.strip()]
        raise UnreachableError(lines[-1] if lines else f"exit status {ended.returncode}") from error
