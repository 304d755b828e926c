"""Programs that the audit installs for itself, and what one part of it found."""

import os
import shutil
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.servers import NotInstalled

ROOT = Path(__file__).resolve().parents[2]
FOLDER = Path(os.environ.get("VAR_DIR", ROOT / "var")) / "audit"
VERSIONS = {"vnu-jar": "26.9.27", "lighthouse": "12.8.2"}


@dataclass(frozen=True)
class Found:
    """What one part of the audit examined, and found; planted faults are not among the faults."""

    id: str
    what: str
    examined: int
    faults: list[str]
    planted: int
    planted_found: int

    @property
    def holds(self) -> bool:
        return not self.faults and 0 < self.planted == self.planted_found and self.examined > 0

    def as_row(self) -> dict:
        return asdict(self) | {"holds": self.holds}


def program(*names: str) -> str:
    """The path of the first of these programs that is here. Raises NotInstalled."""
    for name in names:
        if name and (path := shutil.which(name)):
            return path
    raise NotInstalled(f"{names[-1]} is not installed")


def package(name: str) -> Path:
    """The folder of a package at our version, installed if need be. Raises NotInstalled."""
    wanted = f"{name}@{VERSIONS[name]}"
    place = FOLDER / wanted.replace("@", "-")
    folder = place / "node_modules" / name
    if not (folder / "package.json").exists():
        place.mkdir(parents=True, exist_ok=True)
        ended = subprocess.run(
            [program("npm"), "install", "--silent", "--no-audit", "--prefix", str(place), wanted],
            check=False, capture_output=True, text=True,
        )  # fmt: skip
        if ended.returncode:
            raise NotInstalled(f"{wanted} could not be installed: {ended.stderr.strip()[-200:]}")
    return folder
