"""What a drill found, kept in var/drill.json beside the rows of the other drills."""

import json
from pathlib import Path

FILE = Path(__file__).resolve().parents[2] / "var" / "drill.json"


def write_result(result: dict, file: Path = FILE) -> None:
    """Put one row in place of the earlier one of the same id.

    A row holds id, attempted, violations, mutants_planted, mutants_found, holds.
    """
    rows = json.loads(file.read_text()) if file.exists() else []
    rows = [row for row in rows if row["id"] != result["id"]] + [result]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(sorted(rows, key=lambda row: row["id"]), indent=1) + "\n")
