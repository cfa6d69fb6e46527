#!/bin/sh
# xen-nbdback
# SPDX-License-Identifier: BSD-3-Clause
#
# coverage.sh: builds with gcov in BUILDDIR/coverage, runs all tests there, and
# prints how many lines of each source file they ran. SOURCE is a folder with
# the sources that nothing was built in. Fails below 85 percent, or if a test
# fails. A program that was killed says nothing about its lines.

: "${BUILDDIR:?is not set}" "${SOURCE:?is not set}"
command -v gcov >/dev/null || { echo "SKIP: there is no gcov"; exit 77; }
build=$BUILDDIR/coverage
mkdir -p "$build" && cd "$build" || exit 1
"$SOURCE/configure" CFLAGS='-O0 -g --coverage -fprofile-update=atomic' >configure.log || exit 1
make check -j "$(nproc)" SCALE=2 >check.log 2>&1
status=$?
grep -E '^(FAIL|ERROR|SKIP|# (TOTAL|PASS|FAIL))' check.log
find . -name '*.gcda' -exec gcov --json-format --stdout {} + 2>/dev/null | python3 -c '
import json, os, sys

lines = {}
for text in sys.stdin:
    for file in json.loads(text)["files"]:
        path = os.path.normpath(file["file"]).split("/")
        name = "/".join(path[-3:] if path[-3] == "bridge" else path[-2:])
        if name.split("/")[0] not in ("base", "xenbus", "nbd-client", "bridge") or not name.endswith(".c"):
            continue
        if "/tests/" in os.path.abspath(file["file"]):
            continue
        for line in file["lines"]:
            key = (name, line["line_number"])
            lines[key] = max(lines.get(key, 0), line["count"])
sums = {}
for (name, _), count in lines.items():
    for group in (name, name.split("/")[0] + "/", "all"):
        ran, there = sums.get(group, (0, 0))
        sums[group] = (ran + (count > 0), there + 1)
for name in sorted(sums):
    ran, there = sums[name]
    print("%-32s %5d of %5d lines  %5.1f %%" % (name, ran, there, 100 * ran / there))
worst = min(sums[group][0] / sums[group][1] for group in ("base/", "xenbus/", "nbd-client/", "bridge/"))
sys.exit(worst < 0.85)
' || status=1
exit $status
