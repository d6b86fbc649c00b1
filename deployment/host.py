"""Description of this machine, which every measurement depends on."""

import os
import platform
import re
from pathlib import Path

_CPUINFO = Path("/proc/cpuinfo")


def description(cpuinfo: Path = _CPUINFO) -> str:
    """Return processors, memory, operating system and architecture: "2 × AMD EPYC, 15 GiB, Debian 12, x86_64"."""
    parts = (f"{_processors()} × {_model(cpuinfo)}", _memory(), _system(), platform.machine())
    return ", ".join(part for part in parts if part)


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _model(cpuinfo: Path) -> str:
    try:
        found = re.search(r"^model name\s*:\s*(.+)$", cpuinfo.read_text(), re.MULTILINE)
    except OSError:
        found = None
    name = found.group(1) if found else platform.processor() or "processor"
    return re.sub(r"\s*(\(R\)|\(TM\)|CPU|Processor|@.*)", "", name).strip()


def _memory() -> str:
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"
    except (ValueError, OSError):
        return ""


def _system() -> str:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return f"{platform.system()} {platform.release()}".strip()
    return " ".join(
        part for part in (release.get("NAME", "Linux").split(" ")[0], release.get("VERSION_ID", "")) if part
    )
