#!/usr/bin/env python3
"""Django's command line for Tieout; `./run manage …` calls it inside the environment."""

import gc
import os
import sys


def main() -> None:
    # What a start loads stays: looking through it for garbage, again and again, took a third of the time.
    gc.set_threshold(50_000, 20, 50)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qbwc_project.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
