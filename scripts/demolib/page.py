# SPDX-License-Identifier: Apache-2.0
#
# The report as one page: no script, no font, no picture from elsewhere.

"""The HTML of the report."""

import html

from . import plots, tables

WORTH = 4096                      # Bytes of a flow that are worth a graph
STYLE = """
:root { color-scheme: light dark; --line: #d0d4da; --soft: #f3f5f8;
  --good: #1f7a43; --bad: #c92a2a; --dim: #667080; --fg: #1a1d21;
  --bg: #ffffff }
@media (prefers-color-scheme: dark) { :root { --line: #3a4048;
  --soft: #22262c; --good: #63c98a; --bad: #ff7b72; --dim: #9aa4b2;
  --fg: #e4e7eb; --bg: #16191d } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--fg);
  background: var(--bg); max-width: 1240px; margin: 1.5em auto;
  padding: 0 1em }
h1 { font-size: 1.5em } h2 { font-size: 1.2em; margin: 2.2em 0 .3em;
  border-top: 1px solid var(--line); padding-top: .8em }
h3 { font-size: 1em; margin: .4em 0 0 } p { margin: .4em 0 }
a { color: inherit }
.verdict { border-left: 6px solid; padding: .6em 1em; font-size: 1.1em;
  background: var(--soft) }
.passed { color: var(--good) } .failed { color: var(--bad) }
.skipped, .dim { color: var(--dim) }
.wide { overflow-x: auto }
.plots { display: grid; gap: 1em; margin: 1em 0;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 480px), 1fr)) }
figure { margin: 0 } figcaption { font-size: .92em; font-weight: 600 }
table { border-collapse: collapse; font-variant-numeric: tabular-nums;
  font-size: .88em }
th, td { padding: .2em .5em; border-bottom: 1px solid var(--line);
  text-align: left; vertical-align: top; white-space: nowrap }
td:last-child { white-space: normal }
td.n, th.n { text-align: right }
svg { width: 100%; height: auto; color: var(--fg);
  font: 12px sans-serif }
code { font-family: ui-monospace, monospace; font-size: .92em;
  overflow-wrap: anywhere }
details { margin: .6em 0 } summary { cursor: pointer }
"""


def text(value):
    """Any value, safe in a page."""

    return html.escape(str(value))


def table(head, rows, numeric=(), links=()):
    """A table; a cell may be (class, text); the first of each row is a link
    if there are some."""

    out = ["<div class=wide><table><tr>"]
    for i, name in enumerate(head):
        out.append(f"<th{' class=n' if i in numeric else ''}>{text(name)}")
    for number, row in enumerate(rows):
        out.append("<tr>")
        for i, value in enumerate(row):
            kind, value = value if isinstance(value, tuple) else ("", value)
            kind = f"{kind} n" if i in numeric else kind
            shown = text(value)
            if links and not i:
                shown = f"<a href='#{links[number]}'>{shown}</a>"
            out.append(f'<td class="{kind.strip()}">{shown}' if kind
                       else f"<td>{shown}")
    return "".join(out) + "</table></div>"


def cells_table(whole):
    """One line a cell."""

    rows = []
    for result in whole["cells"]:
        row = tables.row(result)
        row[5] = ("failed", row[5]) if result["failed"] else row[5]
        row[14] = ("passed" if row[14] == "clean" else "failed", row[14])
        rows.append(row)
    return table(tables.HEAD, rows, (1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
                                     15),
                 [f"c{number}" for number in range(len(rows))])


def lines_of(result):
    """Tests and checks of a cell, in the order in which they ran."""

    for test in result["tests"]:
        yield [(test["result"], test["result"]), test["group"], test["name"],
               test.get("ms", ""), test.get("reason", "")]
    for item in result["checks"]:
        word = "passed" if item["passed"] else "failed"
        yield [(word, word), "check", item["name"], "", item["reason"]]


def tests_table(rows):
    """A line for each of them."""

    return table(["result", "group", "test", "ms", "reason"], rows, (3,))


def findings(wire):
    """What wirecheck found."""

    if wire["verdict"] == "clean":
        return ""
    rows = [[item["rule"], item.get("name", ""), item["frame"],
             f"{item['time']:.6f}", item["text"]]
            for item in wire["findings"][:50]]
    reasons = "".join(f"<p class=failed>{text(reason)}</p>"
                      for reason in wire.get("reasons", []))
    return reasons + (table(["rule", "flow", "frame", "time", "finding"],
                            rows, (2, 3)) if rows else "")


def graphs(name, wire):
    """Time-sequence graphs of the flow with most resends, in the directions
    that have some; of one that moved data if none was resent."""

    out = []
    flows = [flow for flow in wire["flows"] if flow.get("segments")]
    ways = [(way["resent_segments"], way["payload_bytes"], flow, i)
            for flow in flows for i, way in enumerate(flow["directions"])
            if way["payload_bytes"] >= WORTH]
    ways.sort(key=lambda item: item[:2], reverse=True)
    for again, size, flow, i in ways[:2 if ways and ways[0][0] else 1]:
        way = flow["directions"][i]
        end = flow["b"] if way["from"] == flow["a"] else flow["a"]
        out.append(figure(
            f"{way['from']} to {end}: {tables.size(size)}, {again} segments "
            "resent", plots.sequence(f"{name}-s{flow['id']}-{i}", flow, i)))
    return out


def figure(caption, svg):
    """A picture and what it is."""

    return f"<figure><figcaption>{text(caption)}</figcaption>{svg}</figure>"


def folded(summary, what):
    """What is shown when one asks for it."""

    return f"<details><summary>{text(summary)}</summary>{what}</details>"


def section(number, result):
    """All of one cell."""

    name = f"c{number}"
    word = "failed" if result["failed"] else "passed"
    cell = result["cell"]
    out = [f"<h2 id={name}>{text(result['name'])}: "
           f"<span class={word}>{word}</span></h2>",
           f"<p>{text(cell.get('about', ''))}</p>"]
    if result.get("command"):
        out.append(f"<p><code>nsh&gt; {text(result['command'])}</code></p>")
    if result["error"]:
        out.append(f"<p class=failed>{text(result['error'])}</p>")
    rows = list(lines_of(result))
    bad = [row for row in rows if row[0][0] == "failed"]
    if bad:
        out.append(tests_table(bad))
    pictures = []
    if result.get("wire"):
        out.append(findings(result["wire"]))
        pictures = graphs(name, result["wire"])
    if result.get("samples"):
        pictures.append(figure("Buffers over time", plots.buffers(
            name + "-b", result["samples"])))
    if pictures:
        out.append(f"<div class=plots>{''.join(pictures)}</div>")
    out.append(folded(f"{len(rows)} tests and checks: "
                      + tables.summary_line(result), tests_table(rows)))
    if result.get("counters"):
        used = [[key, value] for key, value in result["counters"].items()
                if value]
        out.append(folded("Counters of the kernel",
                          table(["counter", "value"], used, (1,))))
    return "".join(out)


def compared(whole, old):
    """What is other than in an older report."""

    def flat(report):
        out = {}
        for result in report["cells"]:
            for test in result["tests"]:
                out[result["name"], test["group"], test["name"]] = \
                    test["result"]
            for item in result["checks"]:
                out[result["name"], "check", item["name"]] = \
                    "passed" if item["passed"] else "failed"
        return out

    new, before = flat(whole), flat(old)
    rows = [[*key, before.get(key, "-"), (new.get(key, "dim"),
                                          new.get(key, "-"))]
            for key in sorted({**new, **before})
            if new.get(key) != before.get(key)]
    out = [f"<h2>Against seed {text(old['seed'])}</h2>"]
    out.append(table(["cell", "group", "test", "before", "now"], rows)
               if rows else "<p>No result differs.</p>")
    times = {result["name"]: result for result in old["cells"]}
    rows = []
    for result in whole["cells"]:
        other = times.get(result["name"])
        if other:
            rows.append([result["name"], other["seconds"],
                         result["seconds"],
                         (other.get("copies") or {}).get("tx", "-"),
                         (result.get("copies") or {}).get("tx", "-"),
                         (other.get("copies") or {}).get("rx", "-"),
                         (result.get("copies") or {}).get("rx", "-")])
    out.append(table(["cell", "seconds before", "now", "copies/B sending "
                      "before", "now", "receiving before", "now"], rows,
                     range(1, 7)))
    return "".join(out)


def make(whole, old=None):
    """The page."""

    word = "failed" if whole["failed"] or not whole["passed"] else "passed"
    where = "a TAP, against the host's TCP/IP" if whole["mode"] == "tap" \
        else "a socket link, against a second kernel"
    host = whole.get("host")
    out = ["<!doctype html><html lang=en><meta charset=utf-8>"
           "<meta name=viewport content='width=device-width'>"
           f"<title>sockettest: {word}</title><style>{STYLE}</style>"
           "<h1>sockettest, from nsh&gt; to the peer</h1>"
           f"<p class='verdict {word}'>{text(tables.verdict(whole))}</p>"
           f"<p>{text(tables.summary_line(whole))}. Over {where}; seed "
           f"{whole['seed']}; {whole['seconds']} s"
           f"{'; ' + text(host) if host else ''}.</p>",
           cells_table(whole),
           "<p class=dim>sent and received: payload of TCP. lost: by the "
           "fault device. resent: segments, of both sides. copies/B: "
           "payload copies in the kernel for a byte sent and received; for "
           "resends: bytes copied to send them again.</p>"]
    drawn = plots.copies("copies", whole["cells"])
    if drawn:
        out.append("<h2>Copies per byte</h2>" + drawn)
    if old:
        out.append(compared(whole, old))
    for number, result in enumerate(whole["cells"]):
        out.append(section(number, result))
    if whole["calls"]:
        calls = sorted(whole["calls"].items(), key=lambda item: -item[1])
        out.append("<h2>Calls used</h2>" + folded(
            f"{len(calls)} socket calls, "
            f"{sum(number for _, number in calls)} times",
            table(["call", "times"], [[name, number if number else
                                       ("failed", number)]
                                      for name, number in calls], (1,))))
    return "".join(out) + "</html>\n"
