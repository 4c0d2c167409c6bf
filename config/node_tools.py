"""Programs that come by npm, for tests and benchmarks: installed below var/tools, never part of the product."""

import fcntl
import shutil
import subprocess
from pathlib import Path

TOOLS = Path(__file__).resolve().parent.parent / "var" / "tools"
NO_NPM = "No npm here. The line is:  sudo apt-get install npm"


def install(package: str) -> str:
    """Have npm install `package` ("vnu-jar@26.9.27") unless it is there. Returns in words what is missing, if anything.

    Each package lies in a folder of its own (`folder_of`). One process installs at a time; the others wait.
    None of a package's own scripts runs: some would download a browser or a Java.
    """
    folder = folder_of(package)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / "complete").exists():
            return ""
        if shutil.which("npm") is None:
            return NO_NPM
        command = ["npm", "install", "--prefix", str(folder), "--no-save", "--no-audit", "--no-fund"]
        done = subprocess.run([*command, "--ignore-scripts", package], capture_output=True, text=True, check=False)
        if done.returncode:
            return f"npm could not install {package}: {done.stderr.strip()[-500:]}"
        (folder / "complete").touch()
        return ""


def folder_of(package: str) -> Path:
    """The folder that `install` puts this package into; its files are below node_modules/ there."""
    return TOOLS / package
