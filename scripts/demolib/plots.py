# SPDX-License-Identifier: Apache-2.0
#
# Plots, drawn by gnuplot, as SVG that stands in a page: no reference leads
# out of it, its text has the colour of the page, its names are its own.

"""Plots of the report."""

import re
import subprocess

from .procs import Failure
from .slim import slim

COLORS = ("#2a7fd4", "#d9730d", "#2e9e5b", "#b0439c")
RESENT = "#e03131"
LETTERS = 12                      # The style of the page has this size, too
KEY = "set key tmargin left horizontal Left reverse samplen 2 width 1\n"


def draw(name, text, width=620, height=330):
    """Run gnuplot; the SVG."""

    text = ("set encoding utf8\n"
            f"set terminal svg size {width},{height} dynamic fixed font "
            f"'sans-serif,{LETTERS}' background 'white'\nset border 3\n"
            "set tics nomirror\nset grid lc rgb '#999999' dt 3\n"
            + KEY + text)
    try:
        done = subprocess.run(["gnuplot"], input=text, text=True,
                              capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Failure(f"gnuplot: {error}; scripts/setup installs it") \
            from error
    if done.returncode or "<svg" not in done.stdout:
        raise Failure(f"gnuplot drew nothing: {done.stderr.strip()[-300:]}")
    return slim(adapt(name, done.stdout), LETTERS)


def adapt(name, svg):
    """For a page, dark or light."""

    svg = svg[svg.index("<svg"):]
    svg = re.sub(r"\sxmlns(:\w+)?\s*=\s*(\"[^\"]*\"|'[^']*')", "", svg)
    svg = svg.replace("xlink:href", "href")
    svg = re.sub(r"<desc>.*?</desc>|<title>.*?</title>|<!--.*?-->", "", svg,
                 flags=re.S)
    svg = re.sub(r'<rect[^>]*fill="(#ffffff|white)"[^>]*/>', "", svg)
    svg = re.sub(r"(['\"])(?:black|rgb\( *0, *0, *0\))\1", "'currentColor'",
                 svg)
    svg = re.sub(r">( *\d+)\.0( [kMG]? *<)", r">\1\2", svg)   # Of 1.0 M, 1.5 M
    svg = re.sub(r"(id=['\"])(\w+)", rf"\1{name}-\2", svg)
    svg = re.sub(r"(href=['\"]#)(\w+)", rf"\1{name}-\2", svg)
    return re.sub(r"url\(#(\w+)", rf"url(#{name}-\1", svg)


def block(name, rows):
    """Numbers of a plot, inside of its text; gnuplot wants one at least."""

    lines = "\n".join(" ".join(str(word) for word in row) for row in rows)
    return f"${name} << EOD\n{lines or 'NaN NaN NaN'}\nEOD\n"


def strokes(data, color, width, title):
    """Vertical strokes: at a time, from a number to another."""

    return f"${data} using 1:2:(0):($3-$2) with vectors nohead lw {width} " \
           f"lc rgb '{color}' title '{title}'"


def sequence(name, flow, way):
    """A time-sequence graph of one direction of a flow (W. R. Stevens):
    each segment a stroke from its first byte to its last, those that are
    sent again marked by cause; below, what is acknowledged, and selectively;
    above, the edge of the window."""

    mine = [row for row in flow["segments"] if row[1] == way]
    first = [(t, seq, seq + size) for t, _, seq, size, kind, _ in mine
             if kind == "first"]
    causes = sorted({row[5] or "unknown" for row in mine
                     if row[4] == "resent"})
    acks = [row for row in flow["acks"] if row[1] != way]
    start = min([row[0] for row in mine + acks], default=0)
    sack = [(row[0] - start, left, right) for row in acks
            for left, right in (row[4] if len(row) > 4 else ())
            if right > row[2]]    # Below the ACK it reports a duplicate
    text = block("first", [(t - start, a, b) for t, a, b in first])
    text += block("acks", [(row[0] - start, row[2], row[3])
                           for row in acks])
    text += block("sack", sack)
    parts = [f"$acks using 1:2 with steps lc rgb '{COLORS[2]}' lw 1.2 title "
             "'acknowledged'",
             f"$acks using 1:3 with steps lc rgb '{COLORS[1]}' lw 1 dt 2 "
             "title 'window'",
             strokes("first", COLORS[0], 2.4, "sent")]
    if sack:
        parts.insert(2, strokes("sack", COLORS[3], 1, "SACK"))
    for i, cause in enumerate(causes):
        rows = [(row[0] - start, row[2], row[2] + row[3]) for row in mine
                if row[4] == "resent" and (row[5] or "unknown") == cause]
        text += block(f"again{i}", rows)
        parts.append(f"$again{i} using 1:(($2+$3)/2.0) with points pt "
                     f"{(4, 6, 8, 10, 12, 14)[i % 6]} ps 0.9 lw 1.8 lc rgb "
                     f"'{RESENT}' title 'again: {cause} ({len(rows)})'")
    top = max([row[2] + row[3] for row in mine], default=1)
    text += ("set xlabel 'seconds'\nset ylabel 'sequence number'\n"
             f"set yrange [0:{top * 1.15 + 1:.0f}]\n"
             "set format y '%.1s %c'\nplot " + ", ".join(parts) + "\n")
    return draw(name, text)


def buffers(name, rows):
    """Bytes of the classes over time."""

    text = block("b", rows)
    text += ("set xlabel 'seconds'\nset ylabel 'bytes in use'\n"
             "set yrange [0:*]\nset format y '%.1s %c'\nplot ")
    text += ", ".join(
        f"$b using 1:{column} with lines lw 1.8 lc rgb '{color}' title "
        f"'{title}'" for column, title, color in
        ((3, "received data", COLORS[0]), (4, "data to be sent", COLORS[1]),
         (5, "control", COLORS[2]), (6, "receive ring", COLORS[3])))
    return draw(name, text + "\n")


def copies(name, results):
    """Payload copies per byte, a pair of bars a cell."""

    rows = [(f'"{result["name"]}"', result["copies"]["tx"] or 0,
             result["copies"]["rx"] or 0,
             result["copies"]["resend"] / max(1, result["payload"]["sent"]))
            for result in results
            if result.get("copies", {}).get("tx") is not None]
    if not rows:
        return ""
    text = block("c", rows)
    text += ("set style data histograms\nset style fill solid 0.85\n"
             "set boxwidth 0.9\nset yrange [0:1.2<*]\nset grid noxtics\n"
             "set ylabel 'copies per byte'\n"
             f"plot $c using 2:xtic(1) lc rgb '{COLORS[0]}' title 'sending',"
             f" '' using 3 lc rgb '{COLORS[1]}' title 'receiving', '' using "
             f"4 lc rgb '{RESENT}' title 'for resends'\n")
    return draw(name, text, 1180, 240)
