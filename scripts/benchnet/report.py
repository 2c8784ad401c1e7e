# SPDX-License-Identifier: Apache-2.0
#
# What is made of the numbers: a file, a plot, a verdict.

"""Results of the benchmarks."""

import json
import os
import statistics
import subprocess

from . import loss
from .groups import CONCURRENCY, LOOKS

# Number of the table in the design, key, how it must compare with what, aim

MUSTS = [
    ("N1", "tcp_tx_1500_of_ceiling", ">=", 0.75, 0.95),
    ("N2", "tcp_rx_1500_of_lwip", ">=", 2.0, 2.5),
    ("N3", "tcp_tx_9000_of_ceiling", ">=", 0.75, 0.95),
    ("N4", "tcp_rx_9000_of_lwip", ">=", 1.7, 2.2),
    ("N5", "offload_tx_of_plain", ">=", 4, 10),
    ("N5", "offload_rx_of_plain", ">=", 4, 10),
    *(("N6", f"http_{keep}c{c}_of_lwip", ">=", 1.0, 1.3)
      for keep in ("ka_", "") for c in CONCURRENCY),
    ("N6", "http_failed", "<=", 0, 0),
    ("N7", "udp100_tx_of_tap", ">=", 0.5, 0.7),
    ("N7", "udp100_rx_of_tap", ">=", 0.5, 0.7),
    ("N8", "copies_tx", "==", 1, 1),
    ("N8", "copies_rx", "==", 1, 1),
    ("N8", "copies_resend", "==", 0, 0),
    ("N8", "resident_over_unacked_1500", "<=", 1.20, 1.20),
    ("N8", "resident_over_unacked_9000", "<=", 1.05, 1.05),
    ("N9", "bytes_per_conn", "<=", 1024, 512),
    ("N9", "lookup_compares_100k_over_10", "<=", 1.5, 1.1),
    *(("N10", f"loss_{rate}_of_linux", ">=", 0.9, 1.0)
      for rate in loss.RATES),
    ("N11", "idle_syscalls", "<=", 0, 0),
    ("N11", "idle_cpu_ns", "<=", 0, 0),
]


def summary(numbers):
    """Medians, and beside each ratio its smallest value.  What must be an
    exact number, or none at all, is not a median: the worst counts."""

    exact = {key: must for _, key, how, must, _ in MUSTS if how != ">="}
    result = {}
    for name, values in numbers.items():
        if name in exact:
            result[name] = max(values, key=lambda value, must=exact[name]:
                               abs(value - must) if must in (0, 1) else
                               value)
        else:
            result[name] = statistics.median(values)
        if "_of_" in name:
            result[name + "_min"] = min(values)
    return result


def write(result, path):
    """The file, whole or not at all."""

    with open(path + ".new", "w", encoding="ascii") as file:
        json.dump(result, file, indent=1, sort_keys=True)
        file.write("\n")
    os.replace(path + ".new", path)


def table(result):
    """All numbers, a line each."""

    width = max(map(len, result))
    for name in sorted(result):
        print(f"{name:{width}} {result[name]:14.3f}")


def number(value):
    """With as many digits as make sense."""

    return f"{value:.0f}" if value >= 100 or value == int(value) else \
        f"{value:.2f}" if value >= 0.1 else f"{value:.4f}"


def judge(result, wanted, verdict):
    """A line for each number of the design; how many are missed.  With
    "verdict" false nothing is judged, the lines only show the form."""

    missed = 0
    for name, key, how, must, aim in MUSTS:
        if key not in result:
            if wanted(key):
                print(f"{name:3} not measured          {key}")
            continue
        value = result[key]
        good = {">=": value >= must, "<=": value <= must,
                "==": value == must}[how]
        missed += not good
        least = f" (min {number(result[key + '_min'])})" \
            if key + "_min" in result else ""
        what = "-" if not verdict else "ok" if good else "MISSED"
        print(f"{name:3} {number(value)}{least} must {number(must)} {what}  "
              f"{key}, aim {number(aim)}")
    return missed if verdict else 0


def plots(result, folder):
    """What can be drawn; a sentence about what failed, or None."""

    done = [plot_poll(result, folder), plot_loss(result, folder)]
    return "; ".join(why for why in done if why) or None


def plot_loss(result, folder):
    """build/bench/net-loss.svg: goodput over time, the mean of all flows and
    the first pair; a sentence if that failed."""

    series = loss.series(folder)
    if not series or not any(f"loss_{rate}_of_linux" in result
                             for rate in series):
        return None
    text = ("set multiplot layout 1,3 title 'Goodput at 20 ms and loss, reno; "
            "thin: one flow'\nset xlabel 's'\nset ylabel 'Mbit/s'\n"
            "set yrange [0:*]\nset grid\nset key top right\n")
    for rate, flows in series.items():
        for who in loss.WHO:
            text += f"$d{rate}{who} << EOD\n"
            for i, values in enumerate(zip(*flows[who])):
                text += (f"{(i + 0.5) * loss.BUCKET:.2f} "
                         f"{sum(values) / len(values):.3f} "
                         f"{values[0]:.3f}\n")
            text += "EOD\n"
        text += f"set title '{loss.RATES[rate]} loss'\nplot "
        text += ", ".join(
            f"$d{rate}{who} using 1:{column} with lines lw {width} lc rgb "
            f"'{color}' {title}"
            for column, width, named in ((3, 0.5, False), (2, 2.5, True))
            for who, color in zip(loss.WHO, ("#0060a0", "#c05000"))
            for title in [f"title '{who}'" if named else "notitle"]) + "\n"
    return draw(text, os.path.join(folder, "net-loss.svg"), "1350,420")


def plot_poll(result, folder):
    """build/bench/net-poll.svg; a sentence if that failed."""

    rows = []
    for us in LOOKS:
        key = f"poll_{us}us" if us else "poll_event"
        if f"{key}_rr_us" not in result:
            return None
        rows.append(" ".join(str(value) for value in (
            us / 1000, result[f"{key}_tx_gbit"], result[f"{key}_rx_gbit"],
            result[f"{key}_tx_cpu_s_per_gb"],
            result[f"{key}_rx_cpu_s_per_gb"], result[f"{key}_rr_us"],
            result[f"{key}_rr_cpu_us"])))
    panels = (("Throughput, MTU 1500", "Gbit/s", 2, 3, "out", "in"),
              ("Processor time", "seconds per GB", 4, 5, "out", "in"),
              ("A round trip of one byte", "us", 6, 7, "time",
               "processor time"))
    text = ("$d << EOD\n" + "\n".join(rows) + "\nEOD\nset multiplot layout 1,3 title 'Frames looked for every "
            "so often; dashed: the kernel is told of them'\n"
            "set xlabel 'time between two looks, ms'\nset xrange [0:0.65]\n"
            "set yrange [0:*]\nset xtics 0.1\nset grid\nset key bottom\n")
    for title, unit, one, two, first, second in panels:
        text += f"set title '{title}'\nset ylabel '{unit}'\nplot "
        text += ", ".join(
            f"$d every ::1 using 1:{column} with linespoints lw 2 pt 7 lc "
            f"rgb '{color}' title '{name}', "
            f"{rows[0].split()[column - 1]} with lines lw 2 dt 2 lc rgb "
            f"'{color}' notitle"
            for column, name, color in ((one, first, "#0060a0"),
                                        (two, second, "#c05000"))) + "\n"
    return draw(text, os.path.join(folder, "net-poll.svg"), "1350,420")


def draw(text, path, size):
    """A multiplot as a file, whole or not at all; a sentence if that
    failed."""

    text = (f"set terminal svg size {size} background 'white'\n"
            f"set output '{path}.new'\n{text}unset multiplot\n")
    try:
        done = subprocess.run(["gnuplot"], input=text, text=True,
                              capture_output=True, timeout=60, check=False)
        if done.returncode == 0:
            os.replace(path + ".new", path)
            return None
        why = done.stderr.strip()
    except (OSError, subprocess.TimeoutExpired) as error:
        why = str(error)
    if os.path.exists(path + ".new"):
        os.unlink(path + ".new")
    return f"the plot was not drawn: {why}"
