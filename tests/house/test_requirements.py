"""The pins name every package once, exactly and by hash, and nothing records where it came from."""

import importlib.metadata
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "requirements"
LOCK_FILES = {"uv.lock", "pylock.toml", "poetry.lock", "Pipfile.lock", "package-lock.json"}


def pins(name):
    """Return {package with marker: (version, [hashes])} of a pin file."""
    text = (REQUIREMENTS / name).read_text().replace("\\\n", " ")
    found = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        pin = re.fullmatch(
            r"([\w.\[\],-]+)==(\S+)( ; [^-]+?)?((?: +--hash=sha256:[0-9a-f]{64})*)", line
        )
        assert pin, f"{name}: not an exact pin: {line[:80]}"
        package, version, marker, hashes = pin.groups()
        assert package + (marker or "") not in found, f"{name}: {package} is there twice"
        found[package + (marker or "")] = (version, hashes.split())
    return found


def tracked_files():
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [name for name in listed.stdout.split("\0") if name]


@pytest.mark.parametrize("name", ["base.txt", "dev.txt"])
def test_every_package_is_pinned_exactly_with_its_hashes(name):
    found = pins(name)
    assert found
    assert [package for package, (_, hashes) in found.items() if not hashes] == []


@pytest.mark.parametrize("name", ["base.in", "base.txt", "dev.in", "dev.txt"])
def test_no_requirement_names_an_address(name):
    text = (REQUIREMENTS / name).read_text()
    assert re.findall(r"\w+://\S*|--(?:index|extra-index|find-links|trusted-host)\S*", text) == []


def test_development_has_every_package_of_the_product_in_the_same_version():
    base, development = pins("base.txt"), pins("dev.txt")
    assert {package: development.get(package) for package in base} == base


def test_every_package_that_is_asked_for_is_pinned():
    for name in ("base", "dev"):
        asked = [
            re.split(r"[~<>=\[ ;]", line)[0].lower()
            for line in (REQUIREMENTS / f"{name}.in").read_text().splitlines()
            if line and not line.startswith(("#", "-"))
        ]
        pinned = {re.split(r"[\[ ]", package)[0] for package in pins(f"{name}.txt")}
        assert [package for package in asked if package not in pinned] == []


@pytest.mark.parametrize("name", ["base.txt", "dev.txt"])
def test_pins_name_the_extras_that_other_packages_ask_for(name):
    """Else pip takes a newer release for the extra than the pin, and refuses it for its hash."""
    found = {re.split(r"[ ;]", package)[0] for package in pins(name)}
    plain = {re.sub(r"\[.*", "", package) for package in found}
    asked = {
        f"{needed[1].lower()}[{needed[2]}]"
        for distribution in importlib.metadata.distributions()
        if re.sub(r"[-_.]+", "-", distribution.name.lower()) in plain
        for line in distribution.requires or []
        if "extra ==" not in line and (needed := re.match(r"([\w.-]+)\[([\w,-]+)\]", line))
    }
    assert asked >= {"fonttools[woff]"}
    assert asked - found == set()


def test_no_lock_file_that_records_addresses_is_kept():
    assert [name for name in tracked_files() if Path(name).name in LOCK_FILES] == []


def test_a_pin_without_its_hash_is_noticed(tmp_path, monkeypatch):
    text = (REQUIREMENTS / "base.txt").read_text()
    broken = re.sub(r"^(celery==\S+) \\\n(?:    --hash=\S+(?: \\)?\n)+", r"\1\n", text, flags=re.M)
    assert broken != text
    (tmp_path / "base.txt").write_text(broken)
    monkeypatch.setitem(globals(), "REQUIREMENTS", tmp_path)
    with pytest.raises(AssertionError):
        test_every_package_is_pinned_exactly_with_its_hashes("base.txt")
