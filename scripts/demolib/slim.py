# SPDX-License-Identifier: Apache-2.0
#
# gnuplot writes each point with two decimals, each stroke of a segment as a
# path, and each symbol it knows into every picture.  The report has dozens of
# pictures: here they get small, without a difference that one could see.

"""SVG made small."""

import re

STEP = 0.5                        # Strokes: no finer than half a pixel


def brief(value):
    """A coordinate: tenths, no zero that says nothing."""

    text = f"{value:.1f}".rstrip("0").rstrip(".")
    text = re.sub(r"^(-?)0\.", r"\1.", text)
    return "0" if text in ("", "-", "-0") else text


def lines_of(data):
    """A path of M and L as lists of points; None if there is more in it."""

    if re.search(r"[^MLZz\d\s.,+-]", data) or "z" in data.lower():
        return None
    lines = []
    for kind, x, y in re.findall(r"([ML]?)\s*(-?[\d.]+),(-?[\d.]+)", data):
        if kind == "M" or not lines:
            lines.append([])
        lines[-1].append((float(x), float(y)))
    return lines


def between(a, b, c):
    """Whether b is on the way from a to c, along an axis."""

    return any(a[i] == b[i] == c[i] and
               min(a[1 - i], c[1 - i]) <= b[1 - i] <= max(a[1 - i], c[1 - i])
               for i in (0, 1))


def thin(line):
    """A line without the points that change nothing."""

    out = []
    for point in ((round(x, 1), round(y, 1)) for x, y in line):
        if out and out[-1] == point:
            continue
        if len(out) > 1 and between(out[-2], out[-1], point):
            out.pop()
        out.append(point)
    return out


def merged(strokes):
    """Vertical strokes; those that touch are one."""

    columns = {}
    for (x, top), (_, low) in strokes:
        column = columns.setdefault(round(x / STEP) * STEP, [])
        column.append((min(top, low), max(top, low)))
    out = []
    for x, spans in sorted(columns.items()):
        spans.sort()
        start, end = spans[0]
        for low, high in spans[1:]:
            if low > end + STEP:
                out.append([(x, start), (x, end)])
                start = low
            end = max(end, high)
        out.append([(x, start), (x, end)])
    return out


def encoded(lines):
    """Relative, and by the axis where it is along one."""

    out = []
    for line in lines:
        x, y = (round(value, 1) for value in line[0])
        out.append(f"M{brief(x)},{brief(y)}")
        last = ""
        for u, v in line[1:] or line:
            right, down = round(u - x, 1), round(v - y, 1)
            kind = "h" if not down else "v" if not right else "l"
            numbers = [brief(right)] if kind == "h" else \
                [brief(down)] if kind == "v" else \
                [brief(right), brief(down)]
            for i, number in enumerate(numbers):
                sign = "" if not i and kind != last or \
                    number.startswith("-") else " "
                out.append((kind if not i and kind != last else "")
                           + sign + number)
            last = kind
            x, y = round(x + right, 1), round(y + down, 1)
    return "".join(out)


def path(found):
    """The data of a path, as attribute."""

    lines = lines_of(found.group(2))
    if not lines:
        return found.group(0)
    if len(lines) > 8 and all(len(line) == 2 and line[0][0] == line[1][0]
                              for line in lines[1:]):
        lines = lines[:1] + merged(lines[1:])      # The first is the key's
    return f" d='{encoded([thin(line) for line in lines])}'"


def symbols(svg):
    """Definitions that are used; a symbol may be made of another."""

    found = re.search(r"<defs>(.*?)</defs>", svg, re.S)
    if not found:
        return svg
    known = {re.search(r"id=['\"]([^'\"]+)", item).group(1): item
             for item in re.findall(r"<(?:circle|path|rect|use)\b[^>]*/>",
                                    found.group(1))}
    wanted = set()
    ask = re.findall(r"href=['\"]#([^'\"]+)", svg.replace(found.group(0), ""))
    while ask:
        name = ask.pop()
        if name in known and name not in wanted:
            wanted.add(name)
            ask += re.findall(r"href=['\"]#([^'\"]+)", known[name])
    kept = "".join(item for name, item in known.items() if name in wanted)
    return svg.replace(found.group(0), f"<defs>{kept}</defs>" if kept else "")


def slim(svg, size):
    """The picture; "size" of its letters is that of the page's style."""

    svg = symbols(svg)
    svg = re.sub(r"\s d=(['\"])(.*?)\1", path, svg, flags=re.S)
    for pattern, instead in (
            (r"<tspan[^>]*>(.*?)</tspan>", r"\1"),
            (r"\sfont-family=\"[^\"]*\"", ""),
            (rf"\sfont-size=\"{size}\.00\"", ""),
            (r"\sstroke-line(?:cap|join)=\"(?:butt|miter)\"", ""),
            (r"\sclass=\"gridline\"", ""),
            (r"(<g\b[^>]*?)\scolor=(?:\"[^\"]*\"|'[^']*')", r"\1"),
            (r"(<g\b[^>]*?)\sid=\"[^\"]*\"", r"\1"),
            (r"rgb\( *(\d+), *(\d+), *(\d+)\)",
             lambda rgb: "#" + "".join(f"{int(part):02x}"
                                       for part in rgb.groups())),
            (r"(\d)\.00\b", r"\1"), (r"(\.\d)0\b", r"\1"),
            (r">\s+<", "><"), (r"\s+", " "), (r" +(/?>)", r"\1")):
        svg = re.sub(pattern, instead, svg, flags=re.S)
    while True:                   # A group in a group, both empty
        less = re.sub(r"<g\b[^>]*></g>|<g>(<g\b[^>]*>(?:(?!</?g\b).)*</g>)"
                      r"</g>", lambda found: found.group(1) or "", svg)
        if less == svg:
            return svg
        svg = less
