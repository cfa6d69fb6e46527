# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
"""What was measured: as a table, as JSON and as a plot."""

import json
import math
from statistics import median, quantiles

HEADS = {"a": "(a) libnbd", "b": "(b) nbdback", "c": "(c) QEMU",
         "bp": "(bp) persistent", "o": "(o) before"}
COLOURS = {"b": "#2f6fb0", "bp": "#5aa469", "c": "#d98c3f", "o": "#999999"}


def head(key):
    return HEADS.get(key) or "(%s) %s rings" % (key, key.strip("bp"))


def pairs(keys):
    """The ratios to be shown: to (a), to (c), of the ways of (b) to it, and
    of (b) to what it was."""
    ways = [k for k in keys if k[0] == "b"]
    wanted = ([(k, "a") for k in keys if k != "a"] + [(k, "c") for k in ways] +
              [(k, "b") for k in ways if k != "b"] + [("b", "o")])
    return [(over, under) for over, under in wanted
            if over in keys and under in keys]


def value(samples, what):
    return median(s[what] for s in samples) if samples else None


def ratio(results, work, over, under, what="iops"):
    top = value(results[work].get(over), what)
    bottom = value(results[work].get(under), what)
    return top / bottom if top is not None and bottom else None


def geometric(numbers):
    numbers = [n for n in numbers if n]
    if not numbers:
        return None
    return math.exp(sum(map(math.log, numbers)) / len(numbers))


def spread(by_system):
    """How far the middle half of a system's samples reaches, in parts of
    their median; the widest of the systems."""
    widest = 0
    for samples in by_system.values():
        speeds = [s["iops"] for s in samples]
        if len(speeds) > 1:
            low, _, high = quantiles(speeds, method="inclusive")
            widest = max(widest, (high - low) / median(speeds))
    return widest


def cell(number, form, width):
    return ("-" if number is None else form % number).rjust(width)


def speed(samples, work):
    iops = value(samples, "iops")
    if iops is None:
        return "-"
    if work.unit == "MB/s":
        return "%.0f MB/s" % (iops * work.block / 1e6)
    return "%.0f/s" % iops


def table_head(name, keys):
    line = "%-26s" % name
    for key in keys:
        line += head(key).rjust(width(key))
    line += "   "
    for i, pair in enumerate(pairs(keys)):
        line += "/".join(pair).rjust(6 if i else 5)
    line += "   "
    for i, key in enumerate(keys):
        line += (key if i else "cpu " + key).rjust(6)
    return line + "spread".rjust(7)


def width(key):
    return max(12, len(head(key)) + 1)


def table_row(name, row, work, results, keys):
    line = "%-26s" % name
    for key in keys:
        line += speed(row.get(key), work).rjust(width(key))
    line += "   "
    for i, pair in enumerate(pairs(keys)):
        line += cell(ratio(results, name, *pair), "%.2f", 6 if i else 5)
    line += "   "
    for key in keys:
        line += cell(value(row.get(key), "cpu_us"), "%.1f", 6)
    return line + cell(100 * spread(row), "%.0f %%", 7)


def server_table(name, results, works, keys):
    lines = [table_head(name, keys)]
    lines += [table_row(w.name, results[w.name], w, results, keys)
              for w in works if results.get(w.name)]
    line = "geometric mean".ljust(26 + sum(map(width, keys))) + "   "
    for i, pair in enumerate(pairs(keys)):
        mean = geometric([ratio(results, w, *pair) for w in results])
        line += cell(mean, "%.2f", 6 if i else 5)
    return lines + [line]


def table(report, works):
    lines = []
    for server, results in report["results"].items():
        lines += server_table(server, results, works,
                              list(report["systems"])) + [""]
    lines.append("cpu: microseconds of processor time for one request, of "
                 "the client or backend process")
    for server, memory in report["memory"].items():
        for system, kib in memory.items():
            lines.append("private memory, %s, %s: %.1f MiB under load, "
                         "%.1f MiB two seconds after" %
                         (server, system, kib["load"] / 1024,
                          kib["idle"] / 1024))
    return "\n".join(lines + report["notes"])


def write_json(report, works, path):
    """The samples as they are, and what the table shows of them."""
    out = dict(report, results=[])
    for server, results in report["results"].items():
        for work in works:
            for key, samples in sorted(results.get(work.name, {}).items()):
                out["results"].append({
                    "server": server, "workload": work.name,
                    "rw": work.mode, "block": work.block,
                    "depth": work.depth, "system": key,
                    "iops": value(samples, "iops"),
                    "cpu_us": value(samples, "cpu_us"),
                    "to_a": ratio(results, work.name, key, "a"),
                    "to_b": ratio(results, work.name, key, "b"),
                    "to_c": ratio(results, work.name, key, "c"),
                    "to_o": ratio(results, work.name, key, "o"),
                    "samples": samples})
    with open(path, "w") as file:
        json.dump(out, file, indent=1)
        file.write("\n")


class Plot:
    """Bars in panels, as SVG."""

    WIDTH, HEIGHT, LEFT, PANEL = 900, 190, 60, 60

    def __init__(self):
        self.parts, self.top = [], 40

    def text(self, x, y, text, more=""):
        self.parts.append('<text x="%.1f" y="%.1f" %s>%s</text>' %
                          (x, y, more, text))

    def line(self, y, colour):
        self.parts.append('<path d="M%d %.1fH%d" stroke="%s"/>' %
                          (self.LEFT, y, self.WIDTH - 20, colour))

    def panel(self, title, groups, labels):
        """groups: one dict for each label, from keys to a ratio."""
        most = max([1.1] + [v for g in groups for v in g.values() if v])
        step = 0.5 if most < 4 else 1 if most < 8 else math.ceil(most / 8)
        bottom = self.top + self.HEIGHT
        scale = (self.HEIGHT - 20) / most
        self.text(self.LEFT, self.top, title, 'font-weight="bold"')
        for i in range(int(most / step) + 1):
            y = bottom - i * step * scale
            self.line(y, "#222" if i * step == 1 else "#ddd")
            self.text(self.LEFT - 8, y + 4, "%g" % (i * step),
                      'text-anchor="end"')
        room = (self.WIDTH - 20 - self.LEFT) / len(groups)
        for i, group in enumerate(groups):
            self.bars(self.LEFT + i * room, room, bottom, scale, group)
            words = labels[i].rsplit(", ", 1)
            for j, part in enumerate(words):
                self.text(self.LEFT + (i + .5) * room, bottom + 15 + 13 * j,
                          part, 'text-anchor="middle" font-size="10"')
        self.top = bottom + self.PANEL

    def bars(self, x, room, bottom, scale, group):
        gap = room * .04
        width = (room * .8 + gap) / len(group) - gap
        for i, (key, number) in enumerate(group.items()):
            if not number:
                continue
            left = x + room * .1 + i * (width + gap)
            height = number * scale
            self.parts.append(
                '<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" '
                'fill="%s"/>' % (left, bottom - height, width, height,
                                 colour(key)))
            self.text(left + width / 2, bottom - height - 3, "%.2f" % number,
                      'text-anchor="middle" font-size="%d"' %
                      (9 if len(group) < 3 else 7))

    def write(self, path, names):
        """names: what each colour is, by key."""
        with open(path, "w") as file:
            file.write(
                '<svg xmlns="http://www.w3.org/2000/svg" width="%d" '
                'height="%d" font-family="sans-serif" font-size="12">\n'
                '<rect width="100%%" height="100%%" fill="#fff"/>\n' %
                (self.WIDTH, self.top))
            x = self.LEFT
            for key, name in names.items():
                file.write('<rect x="%d" y="8" width="12" height="12" '
                           'fill="%s"/><text x="%d" y="18">%s</text>\n' %
                           (x, colour(key), x + 18, name))
                x += 50 + 7 * len(name)
            file.write("\n".join(self.parts) + "\n</svg>\n")


def colour(key):
    return COLOURS.get(key, "#8a6fb0" if "p" in key else "#7fb2e5")


def write_plot(report, works, path):
    plot = Plot()
    keys = list(report["systems"])
    ways = [k for k in keys if k[0] == "b" and k != "b"]
    panels = [("a", "iops", "throughput beside a plain libnbd client "
                            "(more is better)"),
              ("a", "cpu_us", "processor time for one request beside a plain "
                              "libnbd client (less is better)")]
    if ways and "b" in keys:
        panels += [("b", "iops", "throughput beside xen-nbdback as it is by "
                                 "default (more is better)"),
                   ("b", "cpu_us", "processor time for one request beside "
                                   "that (less is better)")]
    for server, results in report["results"].items():
        names = [w.name for w in works if results.get(w.name)]
        for under, what, title in panels:
            shown = ways if under == "b" else [k for k in keys if k != "a"]
            if not names or not shown:
                continue
            plot.panel("%s: %s" % (server, title),
                       [{k: ratio(results, n, k, under, what) for k in shown}
                        for n in names], names)
    plot.write(path, {k: n for k, n in report["systems"].items() if k != "a"})
