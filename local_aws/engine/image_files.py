"""The files that an image copies from its build context: for process mode, which builds no image."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from local_aws.engine.image_definition import ImageDefinition

# Subdirectory of a run's directory for the files of the images.
IMAGES = "images"


def write_files(definition: ImageDefinition, root: Path) -> Path:
    """Copy the files of an image's `COPY` instructions below `root`, once, and return `root`.

    A stage copies what another one built without this function: such a file does not exist.
    """
    if definition.context is None or root.exists():
        return root
    for sources, destination in definition.copies:
        found = [path for source in sources for path in sorted(definition.context.glob(source.strip("/") or "."))]
        target = root / destination.lstrip("/")
        is_directory = destination.endswith(("/", "/.")) or len(found) > 1
        for path in found:
            if path.is_dir():
                shutil.copytree(path, target, dirs_exist_ok=True)
            else:
                file = target / path.name if is_directory or target.is_dir() else target
                file.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, file)
    root.mkdir(parents=True, exist_ok=True)
    return root


def on_this_machine(argv: Sequence[str], root: Path, search_path: str) -> tuple[str, ...]:
    """Return a command of an image with the paths of this machine.

    Absolute paths that the image copied become paths below `root`. Another program, such as that
    of the base image, is found by its name.

    Args:
        argv: Program and arguments.
        root: The directory with the image's files.
        search_path: Directories of programs, as in `PATH`.
    """
    words = [str(root / word.lstrip("/")) if _is_copied(word, root) else word for word in argv]
    if words and words[0].startswith("/") and not Path(words[0]).exists():
        words[0] = Path(words[0]).name
    if words and "/" not in words[0]:
        words[0] = shutil.which(words[0], path=search_path) or words[0]
    return tuple(words)


def _is_copied(word: str, root: Path) -> bool:
    return word.startswith("/") and word != "/" and (root / word.lstrip("/")).exists()
