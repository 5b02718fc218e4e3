"""manage.py in a process of its own, with settings that share nothing with this machine's installation."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def environment(folder: Path, **changed: str) -> dict[str, str]:
    """The environment of such a process: everything it keeps is in the folder."""
    own = {
        "DATA_DIR": str(folder),
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "LOG_FILE": "",
        "PUBLIC_URL": "http://localhost",
    }
    return {**os.environ, **own, **changed}


def manage(folder: Path, *arguments: str, **changed: str) -> "subprocess.CompletedProcess[str]":
    """Run manage.py to the end; its output and exit status."""
    command = [sys.executable, "manage.py", *arguments]
    complete = environment(folder, **changed)
    return subprocess.run(command, cwd=ROOT, env=complete, capture_output=True, text=True, timeout=180, check=False)
