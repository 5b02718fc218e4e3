"""`./run bench [NAME …]`: every benchmark, or those named, each in a process and on a database of its own.

The databases are thrown away; every server that is started is ended.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tempfile

BENCHMARKS = {
    "polls": ("bench.polls", "authenticate → none → closeConnection over HTTP"),
    "session": ("bench.session", "fifty jobs in a session, answers of 20 KB"),
    "answers": ("bench.large_answers", "answers of 1, 10 and 50 MB"),
    "queue": ("bench.queue_depth", "the queue and the poll with 10 to 1,000,000 jobs and 10 to 1,000 companies"),
    "holds": ("bench.holds", "1,000 held calls: threads, memory, wake time"),
    "callers": ("bench.callers", "1 to 2,000 held callers: the way in, the way back, memory, threads, hang-ups"),
    "pages": ("bench.pages", "overview with 500 companies, review with 36 months × 300 accounts: CPU and queries"),
    "report": ("bench.report_to_metrics", "a Profit & Loss answer, from receiveResponseXML's text to stored metrics"),
}


def main() -> int:
    chosen = sys.argv[1:] or list(BENCHMARKS)
    unknown = [name for name in chosen if name not in BENCHMARKS]
    if unknown:
        print(f"No benchmark is called {', '.join(unknown)}. There are: {', '.join(BENCHMARKS)}.")
        return 2
    if len(chosen) > 1:
        return max(subprocess.run([sys.executable, "-m", "bench", name]).returncode for name in chosen)
    _run(chosen[0])
    return 0


def _run(name: str) -> None:
    module, title = BENCHMARKS[name]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DATA_DIR"] = folder
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qbwc_project.settings")
        os.environ["LOG_LEVEL"] = "ERROR"
        _prepare()
        print(f"\n{name}: {title}", flush=True)
        importlib.import_module(module).run()


def _prepare() -> None:
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


if __name__ == "__main__":
    sys.exit(main())
