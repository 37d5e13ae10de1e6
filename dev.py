#!/usr/bin/env python3
"""The two commands of this project: `python3 dev.py run` and `python3 dev.py test`.

Needs nothing but Python 3.11+ with venv, and git. Everything else is installed into `.venv` and `frontend/node_modules`
from hashed lock files; `test` also installs Debian's chromium when it is missing.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import frontend_build

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / "python"
RUNTIME_LOCK = ROOT / "backend" / "requirements.txt"
BUILD_LOCK = ROOT / "requirements-build.lock"
DEV_LOCK = ROOT / "requirements-dev.lock"


def say(text: str) -> None:
    """One line of progress on standard output."""
    print(f"\033[32m▸\033[0m {text}" if sys.stdout.isatty() else f"> {text}", flush=True)


def run(*command: str | Path, **environment: str) -> None:
    """Run a command in the repository; raises CalledProcessError when it fails."""
    subprocess.run([str(part) for part in command], cwd=ROOT, env=_environment(environment), check=True)


def _environment(extra: dict[str, str] | None = None) -> dict[str, str]:
    base = {name: value for name, value in os.environ.items() if name != "PYTHONHOME"}
    base["PATH"] = f"{BIN}{os.pathsep}{base.get('PATH', '')}"
    return base | {"PYTHONPATH": str(ROOT / "backend"), "VIRTUAL_ENV": str(VENV)} | (extra or {})


def ensure_venv(*locks: Path) -> None:
    """Create `.venv` and install the lock files, unless that very content is installed already."""
    if not PYTHON.exists():
        say("Creating .venv")
        venv.create(VENV, with_pip=True)
    digest = hashlib.sha256(b"".join(lock.read_bytes() for lock in locks)).hexdigest()
    stamp = VENV / f"installed-{locks[-1].name}"
    if stamp.exists() and stamp.read_text() == digest:
        return
    say(f"Installing {', '.join(lock.name for lock in locks)} (hashed)")
    requirements = [part for lock in locks for part in ("-r", lock)]
    pip = (PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input")
    run(*pip, "--require-hashes", *requirements)
    run(*pip, "--no-deps", "--no-build-isolation", "-e", ".")
    stamp.write_text(digest)


def build_frontend(*, with_tests: bool = False) -> None:
    """Build the page with the Node of `.venv`."""
    flag = "True" if with_tests else "False"
    say("Building the dashboard")
    code = f"from pathlib import Path; import frontend_build; frontend_build.build(Path('.'), with_tests={flag})"
    run(PYTHON, "-c", code, PYTHONPATH=str(ROOT))


def has_key() -> bool:
    """True when a Binance key is configured in the environment or in `.env`."""
    names = ("BINANCE_API_KEY", "BINANCE_API_KEY_FILE")
    if any(os.environ.get(name) for name in names):
        return True
    env_file = ROOT / ".env"
    lines = env_file.read_text(encoding="utf-8").splitlines() if env_file.is_file() else []
    pairs = [line.split("=", 1) for line in lines if "=" in line and not line.lstrip().startswith("#")]
    placeholders = ("", "your_api_key_here")
    return any(name.strip() in names and value.strip().strip("\"'") not in placeholders for name, value in pairs)


def command_run(arguments: list[str]) -> int:
    """Install, build, then serve: live with a key, the demo on recorded prices without one."""
    started = time.monotonic()
    ensure_venv(RUNTIME_LOCK, BUILD_LOCK)
    build_frontend()
    mode = "serve" if has_key() else "demo"
    say(f"Ready after {time.monotonic() - started:.0f} s; starting `dashboard-crypto {mode}`")
    command = [str(PYTHON), "-m", "dashboard_crypto.cli.main", mode, *arguments]
    if os.name == "nt":
        return subprocess.run(command, env=_environment()).returncode
    os.chdir(ROOT)
    os.execve(command[0], command, _environment())


@dataclass(frozen=True)
class Check:
    """One named part of `test`."""

    name: str
    action: Callable[[], None]


def ensure_chromium() -> None:
    """Install Debian's chromium when it is missing."""
    if shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome"):
        return
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        sys.exit("The browser tests need Chromium. Install it (Debian: apt-get install chromium) and run this again.")
    say("Installing Chromium")
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    run("apt-get", "update", "-qq", **quiet)
    run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-dejavu-core", **quiet)


def npm(*arguments: str) -> None:
    """Run npm in `frontend/` with the Node of `.venv`."""
    code = f"from pathlib import Path; import frontend_build; frontend_build.npm(Path('.'), *{arguments!r})"
    run(PYTHON, "-c", code, PYTHONPATH=str(ROOT))


def checks() -> list[Check]:
    """Everything `test` runs, in order: the quick ones first."""
    def pytest(*paths: str) -> Callable[[], None]:
        return lambda: run(PYTHON, "-m", "pytest", *paths)

    return [
        Check("lint", lambda: run(BIN / "ruff", "check", ".")),
        Check("format", lambda: run(BIN / "ruff", "format", "--check", ".")),
        Check("layers", lambda: run(BIN / "lint-imports")),
        Check("types", lambda: run(BIN / "mypy")),
        Check("unit", pytest("tests/unit", "tests/golden", "tests/test_house.py", "tests/test_docs.py")),
        Check("frontend types and lint", lambda: npm("run", "check")),
        Check("frontend unit", lambda: npm("test")),
        Check("integration", pytest("tests/integration")),
        Check("contract", pytest("tests/contract")),
        Check("faults", pytest("tests/faults")),
        Check("browser", pytest("tests/e2e")),
    ]


def command_test(arguments: list[str]) -> int:
    """Install everything, run every check, print a summary; returns the number of failed checks (at most 1)."""
    ensure_venv(RUNTIME_LOCK, BUILD_LOCK, DEV_LOCK)
    ensure_chromium()
    build_frontend(with_tests=True)
    failed: list[str] = []
    selected = [check for check in checks() if not arguments or check.name in arguments]
    if not selected:
        sys.exit(f"No such check. Choose from: {', '.join(check.name for check in checks())}")
    for check in selected:
        started = time.monotonic()
        say(f"{check.name} ...")
        try:
            check.action()
        except subprocess.CalledProcessError:
            failed.append(check.name)
        say(f"{check.name}: {'FAILED' if check.name in failed else 'ok'} ({time.monotonic() - started:.0f} s)")
    if failed:
        say(f"Failed: {', '.join(failed)}")
    print(f"checks: {len(selected) - len(failed)} passed, {len(failed)} failed", flush=True)
    return 1 if failed else 0


def command_lock(_: list[str]) -> int:
    """Regenerate the hashed lock files (needs uv, for maintainers)."""
    compile_ = ("uv", "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes",
                "--no-header", "--no-annotate", "pyproject.toml")  # fmt: skip
    run(*compile_, "-o", RUNTIME_LOCK)
    run(*compile_[:-1], "--group", "build", "-c", RUNTIME_LOCK, "-o", BUILD_LOCK)
    run(*compile_[:-1], "--group", "dev", "-c", RUNTIME_LOCK, "-c", BUILD_LOCK, "-o", DEV_LOCK)
    return 0


def main() -> int:
    """Parse the command and do it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("run", "test", "lock"), help="what to do")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="run: options of the app; test: names of checks")
    options = parser.parse_args()
    commands = {"run": command_run, "test": command_test, "lock": command_lock}
    try:
        return commands[options.command](options.arguments)
    except subprocess.CalledProcessError as error:
        print(f"\nFailed: {' '.join(map(str, error.cmd[:6]))} (exit {error.returncode}). See the lines above.", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
