"""The deployment's structure is right although no container engine is at hand to run it."""

import re
from pathlib import Path

import yaml
from django.urls import resolve

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES = COMPOSE["services"]
OURS = ("web", "worker", "beat")
DOCKERFILE = SERVICES["web"]["build"]["dockerfile_inline"]
SECRET_NAMES = re.compile(r"SECRET|PASSWORD|_URL$")


def environment_of(name):
    return SERVICES[name].get("environment", {})


def test_the_deployment_has_web_worker_beat_postgresql_and_redis():
    assert set(SERVICES) == {"web", "worker", "beat", "postgres", "redis"}


def test_every_service_says_whether_it_is_healthy():
    assert [
        name for name in SERVICES if not SERVICES[name].get("healthcheck", {}).get("test")
    ] == []


def test_every_service_comes_back_after_a_restart():
    assert {SERVICES[name]["restart"] for name in SERVICES} == {"unless-stopped"}


def test_the_image_is_built_once_and_shared():
    assert [name for name in SERVICES if "build" in SERVICES[name]] == ["web"]
    assert {SERVICES[name]["image"] for name in OURS} == {"qmm-pilot"}


def test_nothing_secret_is_written_in_the_file():
    for name in SERVICES:
        for key, value in environment_of(name).items():
            if SECRET_NAMES.search(key):
                assert re.search(r"\$\{[A-Z_]+:\?", value), f"{name}: {key}"


def test_a_missing_secret_stops_the_start_instead_of_meaning_empty():
    text = (ROOT / "docker-compose.yml").read_text()
    unguarded = re.findall(r"(?<!\$)\$\{([A-Z_]*(?:SECRET|PASSWORD|KEY)[A-Z_]*)(?!:\?)[:}]", text)
    assert unguarded == []


def test_web_worker_and_beat_share_one_environment_and_one_folder():
    shared = {key: value for key, value in environment_of("web").items() if key != "BIND"}
    assert environment_of("worker") == shared
    assert environment_of("beat") == shared
    for name in OURS:
        assert SERVICES[name]["volumes"] == [f"files:{shared['VAR_DIR']}"]


def test_the_environment_is_that_of_production():
    found = environment_of("web")
    assert found["DEBUG"] == "false"
    assert found["DATABASE_URL"].startswith("postgres://")
    assert found["DATABASE_URL"].endswith("@postgres:5432/qmm")
    assert "@redis:6379/" in found["REDIS_URL"]
    assert "ALLOW_SQLITE" not in found


def test_every_setting_of_the_environment_is_one_that_the_application_reads():
    source = (ROOT / "qmm_pilot" / "settings.py").read_text()
    source += (ROOT / "deploy" / "gunicorn.conf.py").read_text()
    unknown = [key for key in environment_of("web") if f'"{key}"' not in source]
    assert unknown == []


def test_only_the_web_server_is_reachable_and_only_from_the_machine_itself():
    assert [name for name in SERVICES if "ports" in SERVICES[name]] == ["web"]
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["web"]["ports"])


def test_the_application_starts_after_database_and_broker():
    waits = SERVICES["web"]["depends_on"]
    assert {name: how["condition"] for name, how in waits.items()} == {
        "postgres": "service_healthy",
        "redis": "service_healthy",
    }
    for name in ("worker", "beat"):
        assert SERVICES[name]["depends_on"] == {"web": {"condition": "service_healthy"}}


def test_named_volumes_are_declared_and_used():
    used = {
        volume.split(":")[0] for name in SERVICES for volume in SERVICES[name].get("volumes", [])
    }
    assert used == set(COMPOSE["volumes"])


def test_the_application_runs_without_privileges():
    assert "USER qmm" in DOCKERFILE
    for name in OURS:
        assert SERVICES[name]["read_only"] is True
        assert SERVICES[name]["cap_drop"] == ["ALL"]


def test_the_image_installs_packages_by_hash_only():
    installs = re.findall(r"pip install .*", DOCKERFILE)
    assert installs == ["pip install --no-cache-dir --require-hashes -r requirements/base.txt"]


def test_the_image_has_the_system_libraries_that_the_setup_checks():
    from deploy.setup import LIBRARIES

    assert [package for package in LIBRARIES.values() if package not in DOCKERFILE] == []


def test_every_path_that_the_image_copies_exists():
    copied = re.findall(r"^COPY (\S+)", DOCKERFILE, flags=re.MULTILINE)
    assert [path for path in copied if not (ROOT / path).exists()] == []
    packages = {path.parent.name for path in ROOT.glob("*/apps.py")} | {"qmm_pilot", "templates"}
    assert packages <= set(copied)


def test_the_page_that_the_health_check_asks_for_exists():
    assert SERVICES["web"]["healthcheck"]["test"][-1] == "deploy/healthy.py"
    [page] = re.findall(r'^PAGE = "(.*?)"', (ROOT / "deploy" / "healthy.py").read_text(), re.M)
    assert resolve(page)


def test_one_beat_runs_and_the_worker_brings_none():
    assert " beat " in SERVICES["beat"]["command"]
    assert "-B" not in SERVICES["worker"]["command"].split()
    assert "--beat" not in SERVICES["worker"]["command"]


def test_the_health_of_beat_is_read_from_the_file_that_beat_writes():
    [written] = re.findall(r"--pidfile=(\S+)", SERVICES["beat"]["command"])
    assert SERVICES["beat"]["healthcheck"]["test"][-1] == f'kill -0 "$$(cat {written})"'
    assert any(written.startswith(f"{folder}/") for folder in SERVICES["beat"]["tmpfs"])
