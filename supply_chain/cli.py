"""The commands `audit` and `sbom`."""

from collections.abc import Callable
from pathlib import Path

import click

from deployment.errors import ActionableError
from deployment.paths import REPOSITORY, require_writable
from supply_chain import locks, sbom, tools
from supply_chain.verdict import Audited, Key, UnreachableError, problems

PYTHON_LOCKS = ("uv.lock", "sample_service/requirements.txt")
NPM_LOCK = "package-lock.json"
SBOM = Path("build/sbom/orders.cdx.json")

HELP = """Check the packages that this repository and its image depend on.

\b
Examples:
  python -m supply_chain audit                    every locked package
  python -m supply_chain sbom                     bill of materials of the image
  python -m supply_chain sbom --image orders:dev  with its Debian packages
"""

AUDIT_HELP = """Compare every locked package with the databases of known vulnerabilities.

Python packages are compared with OSV by pip-audit, npm packages with the
advisories of the npm registry. Each audit contains one package with a known
vulnerability, which has to be reported, and has to cover each locked package.

\b
Exit status:
  0  every package was audited and none has a known vulnerability
  1  a vulnerability, a package that was not audited, or no result
"""

SBOM_HELP = """Write the software bill of materials of the image as CycloneDX JSON.

It has the base image with its digest, and each Python package with its
hashes. With --image, it also has the Debian packages of that image. The same
sources result in the same bytes.
"""


@click.group(help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Run a command."""


@main.command("audit", help=AUDIT_HELP, short_help="Find known vulnerabilities in all lock files.")
@click.option("--if-reachable", is_flag=True, help="Succeed without an audit if a database cannot be reached.")
@click.option("--osv-url", default=tools.OSV_URL, show_default=True, metavar="URL", help="Query URL of OSV.")
@click.option("--npm-registry", metavar="URL", help="npm registry.  [default: that of npm's settings]")
def audit_command(*, if_reachable: bool, osv_url: str, npm_registry: str | None) -> None:
    """Audit each lock file, and end with all problems."""

    def python(packages: list[locks.Package]) -> Audited:
        return tools.audit_python(packages, osv_url=osv_url)

    def npm(_packages: list[locks.Package]) -> Audited:
        return tools.audit_npm(REPOSITORY / NPM_LOCK, registry=npm_registry)

    found: list[str] = []
    for name in PYTHON_LOCKS:
        found += _audit(name, python, tools.PYTHON_CANARY, if_reachable=if_reachable)
    found += _audit(NPM_LOCK, npm, tools.NPM_CANARY, if_reachable=if_reachable)
    if found:
        fix = "update the package (uv lock --upgrade-package NAME, npm update NAME), or connect to the database"
        raise ActionableError("the audit of the lock files failed", "\n".join(found), fix)


def _audit(name: str, audit: Callable[[list[locks.Package]], Audited], canary: Key, *, if_reachable: bool) -> list[str]:
    packages = locks.read(REPOSITORY / name)
    try:
        audited = audit(packages)
    except UnreachableError as error:
        if if_reachable:
            click.echo(f"– {name}: not run, because the vulnerability database gave no result ({error})")
            return []
        return [f"{name}: the vulnerability database gave no result ({error})"]
    found = problems(name, packages, audited, canary)
    if not found:
        count = len({(each.name, each.version) for each in packages})
        click.echo(f"✓ {name}: {count} packages, no known vulnerability")
    return found


@main.command("sbom", help=SBOM_HELP, short_help="Write the bill of materials of the image.")
@click.option("--image", metavar="IMAGE", help="A built image; its Debian packages are listed, too.")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), default=SBOM, show_default=True, help="The file."
)
def sbom_command(*, image: str | None, output: Path) -> None:
    """Write the bill of materials."""
    require_writable(output, "--output")
    folder = REPOSITORY / "sample_service"
    text = sbom.render(
        base_image=sbom.base_image((folder / "Dockerfile").read_text()),
        packages=locks.read(folder / "requirements.txt"),
        debian=sbom.debian_packages(sbom.read_dpkg_status(image)) if image else (),
    )
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text)
    click.echo(f"wrote {output}")
