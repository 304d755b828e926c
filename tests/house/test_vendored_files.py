"""Third-party files for browsers are the ones that were looked at, byte for byte."""

import hashlib
import json
import shutil
from pathlib import Path

USWDS = Path(__file__).resolve().parents[2] / "static" / "vendor" / "uswds"


def hashes_of(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }


def test_every_vendored_file_has_the_hash_that_its_manifest_names():
    assert hashes_of(USWDS) == json.loads((USWDS / "manifest.json").read_text())["files"]


def test_a_changed_and_an_added_file_are_both_noticed(tmp_path):
    copy = tmp_path / "uswds"
    shutil.copytree(USWDS, copy)
    known = hashes_of(copy)
    with (copy / "css" / "uswds.min.css").open("a") as style:
        style.write("body{display:none}")
    (copy / "extra.js").write_text("alert(1)")
    assert {name for name, digest in hashes_of(copy).items() if known.get(name) != digest} == {
        "css/uswds.min.css",
        "extra.js",
    }


def test_the_style_sheet_names_no_source_map_and_no_foreign_address():
    style = (USWDS / "css" / "uswds.min.css").read_text()
    assert "sourceMappingURL" not in style
    assert "url(http" not in style
    assert "url(//" not in style
