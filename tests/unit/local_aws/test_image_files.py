"""Process mode: the files that an image copies, and its commands on this machine."""

import os
from dataclasses import replace
from pathlib import Path

from local_aws.engine.image_definition import of_dockerfile
from local_aws.engine.image_files import on_this_machine, write_files

DOCKERFILE = """
FROM golang AS build
COPY . /src
FROM scratch AS final
WORKDIR /srv
COPY --chown=10001 main.mjs lib/*.mjs app/
COPY public ./public
COPY ["one file.txt", "/etc/renamed.txt"]
COPY --from=build /src/app /usr/bin/app
ENTRYPOINT ["/nodejs/bin/node", "/srv/app/main.mjs"]
FROM scratch AS debug
COPY debug.txt /
"""


def written(context: Path, root: Path) -> set[str]:
    for name in ("main.mjs", "lib/a.mjs", "lib/b.mjs", "public/.well-known/x", "one file.txt", "debug.txt"):
        path = context / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    definition = replace(of_dockerfile(DOCKERFILE, "final"), context=context)
    assert definition.working_directory == "/srv"
    write_files(definition, root)
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def test_files_are_copied_as_the_stage_says(tmp_path: Path) -> None:
    assert written(tmp_path / "context", tmp_path / "root") == {
        *("srv/app/main.mjs", "srv/app/a.mjs", "srv/app/b.mjs"),
        *("srv/public/.well-known/x", "etc/renamed.txt"),
    }


def test_paths_of_the_image_become_paths_of_this_machine(tmp_path: Path) -> None:
    root = tmp_path / "root"
    written(tmp_path / "context", root)
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "node").write_text("#!/bin/sh\n")
    os.chmod(programs / "node", 0o755)
    argv = on_this_machine(("/nodejs/bin/node", "/srv/app/main.mjs", "/healthz", "serve"), root, str(programs))
    assert argv == (str(programs / "node"), str(root / "srv/app/main.mjs"), "/healthz", "serve")


def test_a_program_of_this_machine_stays(tmp_path: Path) -> None:
    assert on_this_machine(("/bin/sh", "-c", "/"), tmp_path, "/usr/bin") == ("/bin/sh", "-c", "/")
    assert on_this_machine(("no-such-program",), tmp_path, "/usr/bin") == ("no-such-program",)
