"""The other end of rows.py: asks the process that looks into the server's database."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.server import ROOT

_START = "import django; django.setup(); from {module} import serve; serve()"


class Ledger:
    """Safe to ask from several threads; one question at a time."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lock = threading.Lock()

    def ask(self, do: str, **parameters: Any) -> Any:
        """The answer to one of the commands there. Raises RuntimeError with what went wrong there."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:
            self._process.stdin.write(json.dumps({"do": do, **parameters}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        answer = json.loads(line) if line else {"error": "the process that reads the rows has ended"}
        if "error" in answer:
            raise RuntimeError(f"{do}: {answer['error']}")
        return answer["answer"]


@contextmanager
def opened_ledger(environment: Mapping[str, str], module: str = "tests.crash_matrix.rows") -> Iterator[Ledger]:
    """A process on the database of this environment, ended at the end; the module has the commands."""
    process = subprocess.Popen(
        [sys.executable, "-c", _START.format(module=module)],
        cwd=ROOT,
        env={**environment, "DJANGO_SETTINGS_MODULE": "qbwc_project.settings"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Ledger(process)
    finally:
        process.communicate(timeout=20)
