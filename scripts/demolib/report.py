# SPDX-License-Identifier: Apache-2.0
#
# What is kept of the results: a file of numbers, a page.

"""Reports of the demo: read and written."""

import json
import os

from . import page
from .procs import Wrong
from .tables import VERSION


def load(path):
    """The numbers of a report; an error if it is none."""

    try:
        with open(path, encoding="utf-8") as file:
            whole = json.load(file)
    except OSError as error:
        raise Wrong(f"{path}: {error.strerror}") from error
    except ValueError as error:
        raise Wrong(f"{path}: not a report: {error}") from error
    if not isinstance(whole, dict) or "cells" not in whole or \
            whole.get("program") not in ("demo", "soak"):
        raise Wrong(f"{path}: not a report of scripts/demo (report.json)")
    if whole.get("version") != VERSION:
        raise Wrong(f"{path}: a report of version {whole.get('version')}, "
                    f"not {VERSION}")
    return whole


def write(whole, old, folder):
    """Both files."""

    with open(os.path.join(folder, "report.json"), "w",
              encoding="utf-8") as file:
        json.dump(whole, file, indent=1)
        file.write("\n")
    with open(os.path.join(folder, "report.html"), "w",
              encoding="utf-8") as file:
        file.write(page.make(whole, old))
