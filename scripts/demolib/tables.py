# SPDX-License-Identifier: Apache-2.0
#
# What is made of the results: counts, a table, a verdict.

"""Results of the demo: counted and printed."""

import os
import time

VERSION = 1
WORDS = ("passed", "failed", "skipped")


def count_cell(result):
    """How many tests and checks of a cell did what."""

    for word in WORDS:
        result[word] = sum(test["result"] == word
                           for test in result["tests"])
    for item in result["checks"]:
        result["passed" if item["passed"] else "failed"] += 1


def combine(program, mode, seed, results, seconds):
    """The report as a whole."""

    system = os.uname()
    whole = {"program": program, "version": VERSION, "mode": mode,
             "seed": seed, "seconds": seconds, "cells": results,
             "host": time.strftime("%Y-%m-%d %H:%M, ")
             + f"{system.sysname} {system.release} {system.machine}, "
             f"{os.cpu_count()} processors"}
    for result in results:
        count_cell(result)
        result.pop("output", None)
    calls = {}
    for result in results:
        for name, number in result["calls"].items():
            calls[name] = calls.get(name, 0) + number
    whole["calls"] = calls
    for word in WORDS:
        whole[word] = sum(result[word] for result in results)
    return whole


def summary_line(counts):
    """The last line but one."""

    return ", ".join(f"{counts[word]} {word}" for word in WORDS)


def failures(result):
    """A line for each thing that failed."""

    for test in result["tests"]:
        if test["result"] == "failed":
            yield f"{test['group']}/{test['name']}: {test['reason']}"
    for item in result["checks"]:
        if not item["passed"]:
            yield f"{item['name']}: {item['reason']}"


def size(number):
    """Bytes, for people."""

    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if number >= factor:
            value = number / factor
            return f"{value:.{1 if value < 100 else 0}f} {unit}"
    return f"{number} B"


def ratio(value):
    """Copies per byte."""

    return "-" if value is None else f"{value:.2f}"


def row(result):
    """The cells of a line of the table."""

    cell = result["cell"]
    wire = result.get("wire")
    between = (wire or {}).get("between", [])
    lost = sum(item["lost"] for item in between)
    payload = result.get("payload", {"sent": 0, "received": 0,
                                     "resent_segments": 0})
    copies = result.get("copies", {"tx": None, "rx": None, "resend": None})
    return [result["name"], str(cell["mtu"]), f"{cell['loss']} %",
            cell["device"], str(result["passed"]), str(result["failed"]),
            str(result["skipped"]), size(payload["sent"]),
            size(payload["received"]),
            str(wire["frames"]) if wire else "-",
            str(lost) if wire else "-",
            str(payload["resent_segments"]) if wire else "-",
            f"{ratio(copies['tx'])}/{ratio(copies['rx'])}",
            "-" if copies["resend"] is None else str(copies["resend"]),
            wire["verdict"] if wire else "-",
            f"{result['seconds']:.1f}"]


HEAD = ["cell", "MTU", "loss", "device", "passed", "failed", "skipped",
        "sent", "received", "frames", "lost", "resent", "copies/B",
        "for resends", "wire", "s"]

# What is printed, and over it; the rest is told by the names of the cells, and
# by checks

PRINTED = {0: "cell", 4: "pass", 5: "fail", 6: "skip", 7: "sent", 8: "recvd",
           10: "lost", 11: "resent", 12: "copies/B", 14: "wire", 15: "s"}


def print_table(whole):
    """The table, and what failed."""

    rows = [list(PRINTED.values())]
    rows += [[line[i] for i in PRINTED]
             for line in map(row, whole["cells"])]
    widths = [max(map(len, column)) for column in zip(*rows)]
    for line in rows:
        print(" ".join(
            text.ljust(width) if i == 0 else text.rjust(width)
            for i, (text, width) in enumerate(zip(line, widths))).rstrip())
    for result in whole["cells"]:
        for text in failures(result):
            print(f"FAIL {result['name']}: {text}")
    print(verdict(whole))


def verdict(whole):
    """One sentence."""

    if whole["failed"]:
        return f"FAILED: {whole['failed']} of " \
               f"{whole['failed'] + whole['passed']} tests and checks"
    if not whole["passed"]:
        return "FAILED: nothing was tested"
    lost = sum(item["lost"] for result in whole["cells"]
               for item in result.get("wire", {}).get("between", []))
    frames = sum(result.get("wire", {}).get("frames", 0)
                 for result in whole["cells"])
    copied = sum(result.get("copies", {}).get("resend", 0)
                 for result in whole["cells"])
    resends = "no payload was copied for a resend" if not copied else \
        f"{copied} bytes were copied for resends in one piece"
    return f"PASSED: every byte arrived; {frames} frames checked, {lost} " \
           f"lost on purpose; {resends}"
