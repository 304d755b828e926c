"""Lets programs from outside examine the product, each with planted faults (`make audit`).

    python -m tests.audit [validity] [lighthouse]

Writes VAR_DIR/audit.json. A program that is missing and cannot be installed is named, and its part
counts as not run. The status is 1 where a part found a fault or missed a planted one.
"""

import argparse
import importlib
import json
import subprocess
import sys

from tests.audit.tools import FOLDER, ROOT
from tests.servers import NotInstalled

PARTS = ("validity", "lighthouse")
MOST_TOLD = 30


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", help="only these parts")
    parser.add_argument("--child", choices=PARTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(_examined(options.child)))
        return 0
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    rows = [_in_a_process_of_its_own(part) for part in options.parts or PARTS]
    FOLDER.mkdir(parents=True, exist_ok=True)
    target = FOLDER.parent / "audit.json"
    target.write_text(json.dumps(rows, indent=1) + "\n")
    for row in rows:
        _tell(row)
    print(f"\n{sum(row.get('holds', False) for row in rows)} of {len(rows)} parts hold; {target}")
    return 1 if any(row.get("holds") is False for row in rows) else 0


def _examined(part: str) -> dict:
    try:
        return importlib.import_module(f"tests.audit.{part}").examine().as_row()
    except NotInstalled as missing:
        return {"id": part, "not_run": str(missing)}


def _in_a_process_of_its_own(part: str) -> dict:
    print(f"{part} …", flush=True)
    ended = subprocess.run(
        [sys.executable, "-m", "tests.audit", "--child", part],
        cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return json.loads(ended.stdout.splitlines()[-1])


def _tell(row: dict) -> None:
    if "not_run" in row:
        print(f"{row['id']}: not run, {row['not_run']}")
        return
    said = "holds" if row["holds"] else "DOES NOT HOLD"
    print(f"{row['id']} {said}: {row['examined']} {row['what']}; {len(row['faults'])} faults; "
          f"{row['planted_found']} of {row['planted']} planted faults found")  # fmt: skip
    for fault in row["faults"][:MOST_TOLD]:
        print(f"    {fault}")
    if len(row["faults"]) > MOST_TOLD:
        print(f"    and {len(row['faults']) - MOST_TOLD} more, see audit.json")


if __name__ == "__main__":
    sys.exit(main())
