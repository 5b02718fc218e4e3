"""`manage.py serve` that also takes orders: each number on standard input becomes a job, made in the server's process.

Without Redis only the server's own process can wake its held calls. What makes jobs there in daily life (a program's
REST call) would be measured with them; this makes nothing but the job.
"""

from __future__ import annotations

import os
import sys
import threading
import time


def main() -> None:
    import django
    from django.core.management import call_command

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qbwc_project.settings")
    django.setup()
    threading.Thread(target=_obey, daemon=True).start()
    call_command("serve", port=0)


def _obey() -> None:
    from bench.live_sessions import enqueue

    for line in sys.stdin:
        begun = time.monotonic()
        enqueue(int(line))
        print("made", line.strip(), begun, flush=True)


if __name__ == "__main__":
    main()
