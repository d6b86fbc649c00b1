"""Installed size of packages, including dependencies that no other package here has."""

from importlib.metadata import distribution
from pathlib import Path

PACKAGES = {
    "Falcon": ("falcon",),
    "BlackSheep": ("blacksheep", "essentials", "essentials-openapi", "guardpost", "itsdangerous", "certifi"),
    "Starlette": ("starlette", "anyio", "idna"),
    "uvicorn, uvloop, httptools": ("uvicorn", "uvloop", "httptools", "h11", "click"),
    "granian": ("granian",),
    "Mangum": ("mangum",),
}


def installed_mib(names: tuple[str, ...]) -> float:
    """Return the size of distributions, without byte code."""
    files = [file for name in names for file in distribution(name).files or [] if file.suffix != ".pyc"]
    paths = [Path(str(file.locate())) for file in files]
    return sum(path.stat().st_size for path in paths if path.is_file()) / 2**20
