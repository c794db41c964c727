#!/usr/bin/env python3
"""Whole processes on one corpus, in one run: trailtop against what one would use instead.

    cargo build --release
    tests/bench/compare.py                      # a corpus of 200,000 events, made by trailtop itself
    tests/bench/compare.py --corpus DIR         # *.json.gz objects of your own
    tests/bench/compare.py --events 1000000     # the size at which loading is judged

Installs nothing: a program that is missing is left out, and how to get it is said. Times are medians
of runs that took turns, so that a busy machine is unfair to all alike. Writes two tables of
Markdown: the times, and each budget with what was measured.
"""

import argparse
import collections
import fcntl
import gzip
import importlib.util
import json
import os
import pathlib
import platform
import pty
import re
import resource
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import termios
import time

HERE = pathlib.Path(__file__).resolve()
ROOT = HERE.parents[2]
# A screen that writes nothing for so long has drawn what there is.
QUIET = 1.5
# Nothing here takes longer.
LIMIT = 600

INSTALL = {
    "orjson": "pip install orjson",
    "rg": "apt-get install ripgrep",
    "lnav": "apt-get install lnav",
    "hl": "cargo install hl --git https://github.com/pamburus/hl",
}


def objects(folder):
    return sorted(path for path in pathlib.Path(folder).rglob("*.json.gz"))


# The peers in Python: the loop that one writes in five minutes.


def peer(library, task, folder, *needles):
    if library == "orjson":
        from orjson import loads
    else:
        from json import loads
    found = collections.Counter()
    for path in objects(folder):
        with gzip.open(path) as stream:
            for record in loads(stream.read())["Records"]:
                if task == "count":
                    found[record.get("eventName")] += 1
                elif "AccessDenied" in (record.get("errorCode") or ""):
                    issuer = (record.get("userIdentity") or {}).get("sessionContext") or {}
                    role = (issuer.get("sessionIssuer") or {}).get("userName") or ""
                    found["hits"] += needles[0] in role
    for name, count in found.most_common():
        print(f"{count}\t{name}")


# The corpus.


def made(trailtop, events, place):
    """The demo, packed as a trail would: objects of a thousand records."""
    folder = place / f"demo-{events}"
    if (folder / "whole").exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    say(f"making {events:,} events of the demo in {folder}")
    command = [trailtop, "query", "", f"demo:seed=7,events={events}", "-o", "ndjson"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        lines = []
        for number, line in enumerate(process.stdout, 1):
            lines.append(line.strip())
            if len(lines) == 1000:
                pack(folder, number, lines)
                lines = []
        pack(folder, number + 1, lines)
    (folder / "whole").touch()
    return folder


def pack(folder, number, lines):
    if lines:
        packed = gzip.compress(b'{"Records":[' + b",".join(lines) + b"]}", 6)
        (folder / f"{number:09}.json.gz").write_bytes(packed)


def unpacked(folder, place):
    """The same events as lines, for those who read nothing else; what is asked for; how many."""
    lines = place / "corpus.ndjson"
    roles, keys, events, size = collections.Counter(), collections.Counter(), 0, 0
    # lnav knows a file by its first lines: what has no time comes last.
    timeless = []
    with open(lines, "wb") as out:
        for path in objects(folder):
            with gzip.open(path) as stream:
                for record in json.loads(stream.read())["Records"]:
                    text = json.dumps(record, separators=(",", ":"), ensure_ascii=False).encode()
                    if "eventTime" in record:
                        out.write(text + b"\n")
                    else:
                        timeless.append(text + b"\n")
                    events, size = events + 1, size + len(text)
                    caller = record.get("userIdentity") or {}
                    keys[caller.get("accessKeyId")] += 1
                    if "AccessDenied" in (record.get("errorCode") or ""):
                        issuer = (caller.get("sessionContext") or {}).get("sessionIssuer") or {}
                        roles[issuer.get("userName")] += 1
        out.writelines(timeless)
    del roles[None], keys[None]
    role = roles.most_common(1)[0][0] if roles else "role"
    # A key of a handful of events: what one greps for.
    key = min((n, key) for key, n in keys.items() if n >= 2 and key.startswith("A"))[1]
    return lines, role, key, events, size


# What lnav has to be told of CloudTrail.
LNAV = {
    "$schema": "https://lnav.org/schemas/format-v1.schema.json",
    "trail_log": {
        "title": "CloudTrail",
        "description": "One record a line",
        "json": True,
        "hide-extra": True,
        "timestamp-field": "eventTime",
        "body-field": "eventName",
        "line-format": [{"field": "__timestamp__"}, " ", {"field": "eventSource"}, " ", {"field": "eventName"}],
        "value": {"eventSource": {"kind": "string"}, "eventName": {"kind": "string"}},
    },
}


def taught(place):
    """A folder of settings for lnav, ours and not the user's."""
    folder = place / "lnav" / "formats" / "trail"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "trail.json").write_text(json.dumps(LNAV))
    return place / "lnav"


# Measuring.


class Row:
    def __init__(self, task, name, command, needs=()):
        self.task, self.name, self.command = task, name, [str(word) for word in command]
        self.missing = [it for it in needs if not there(it)]
        self.times, self.answer, self.memory = [], "", 0

    def run(self):
        begun = time.monotonic()
        with subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as it:
            out = it.stdout.read()
            _, _, usage = os.wait4(it.pid, 0)
            it.returncode = 0
        self.times.append(time.monotonic() - begun)
        self.memory = max(self.memory, usage.ru_maxrss)
        # The last words of a count, the first line of a list.
        lines = out.decode(errors="replace").split("\n")
        heading = lines[0].strip().isalpha() and len(lines) > 1
        self.answer = " ".join(lines[1 if heading else 0].split())[:40] or "-"

    def median(self):
        return statistics.median(self.times)


def there(name):
    if name == "orjson":
        return importlib.util.find_spec("orjson") is not None
    return shutil.which(name) is not None


class Screen:
    """A dashboard in a terminal of its own, watched from outside."""

    def __init__(self, command):
        self.begun = time.monotonic()
        self.child, self.end = pty.fork()
        if self.child == 0:
            os.environ.update(TERM="xterm-256color", LANG="C.UTF-8")
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
            os.execvp(command[0], command)
        self.first = self.last = None

    def listen(self, seconds, quiet=None):
        """Reads for so long, or until nothing was written for `quiet`; the number of bytes."""
        until, count = time.monotonic() + seconds, 0
        while (now := time.monotonic()) < until:
            if quiet and self.last and now - self.begun - self.last > quiet:
                break
            ready, _, _ = select.select([self.end], [], [], 0.02)
            if not ready:
                continue
            try:
                read = len(os.read(self.end, 1 << 16))
            except OSError:
                break
            self.last = time.monotonic() - self.begun
            count += read
            # The alternate screen alone is no frame.
            self.first = self.first or (self.last if count > 500 else None)
        return count

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.child}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss(self):
        text = pathlib.Path(f"/proc/{self.child}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) * 1024

    def close(self):
        os.kill(self.child, signal.SIGTERM)
        self.listen(0.3)
        os.close(self.end)
        os.waitpid(self.child, 0)


def loaded(command):
    """Seconds to the first frame and to the last change; bytes of memory; what idling costs."""
    screen = Screen([str(word) for word in command])
    screen.listen(LIMIT, QUIET)
    took, cpu = screen.last, screen.cpu()
    memory, idle = screen.rss(), screen.listen(5)
    cpu = (screen.cpu() - cpu) / 5
    screen.close()
    return screen.first, took, memory, idle, cpu


def say(text):
    print(text, file=sys.stderr, flush=True)


# The tables.


def rows_of(trailtop, folder, lines, role, key, lnav):
    me = [sys.executable, HERE, "--peer"]
    denied = f"err:AccessDenied role:{role}"
    return [
        Row("count by event, gz", "trailtop", [trailtop, "query", "", folder, "--by", "event"]),
        Row("count by event, gz", "python orjson", [*me, "orjson", "count", folder], ["orjson"]),
        Row("count by event, gz", "python json", [*me, "json", "count", folder]),
        Row("denied of a role, gz", "trailtop", [trailtop, "query", denied, folder, "--count"]),
        Row("denied of a role, gz", "python orjson", [*me, "orjson", "denied", folder, role], ["orjson"]),
        Row("denied of a role, NDJSON", "trailtop", [trailtop, "query", denied, lines, "--count"]),
        Row("denied of a role, NDJSON", "hl", ["hl", "-P", "-q", f'errorCode ~= "AccessDenied" and userIdentity.sessionContext.sessionIssuer.userName ~= "{role}"', lines], ["hl"]),
        Row("an access key, gz", "trailtop", [trailtop, "query", key, folder, "--count"]),
        Row("an access key, gz", "rg -z", ["rg", "-z", "-o", "--no-filename", key, folder], ["rg"]),
        Row("load, NDJSON", "lnav", ["lnav", "-I", lnav, "-n", "-c", ";select count(*) as n from trail_log", lines], ["lnav"]),
    ]


def judged(name, budget, value, unit, is_least):
    if value is None:
        return f"| {name} | {budget} | not measured | |"
    met = value >= float(budget.split()[1]) if is_least else value <= float(budget.split()[1])
    return f"| {name} | {budget} | {value:.2f}{unit} | {'met' if met else '**missed**'} |"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=pathlib.Path, help="a folder of .json.gz objects")
    parser.add_argument("--events", type=int, default=200_000, help="size of the corpus that is made")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--trailtop", default=ROOT / "target/release/trailtop", type=pathlib.Path)
    parser.add_argument("--work", default=ROOT / "target/compare", type=pathlib.Path, help="where files are made")
    parser.add_argument("--peer", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    typed = parser.parse_args()
    if typed.peer:
        return peer(*typed.peer)
    if not typed.trailtop.exists():
        sys.exit(f"{typed.trailtop} is missing: cargo build --release")
    typed.work.mkdir(parents=True, exist_ok=True)
    folder = typed.corpus or made(typed.trailtop, typed.events, typed.work)
    lines, role, key, events, size = unpacked(folder, typed.work)
    packed = sum(path.stat().st_size for path in objects(folder))

    rows = rows_of(typed.trailtop, folder, lines, role, key, taught(typed.work))
    for name in sorted({it for row in rows for it in row.missing}):
        say(f"{name} is not here and left out: {INSTALL[name]}")
    rows = [row for row in rows if not row.missing]
    screens = {"gz": [], "NDJSON": []}
    for turn in range(typed.runs):
        say(f"run {turn + 1} of {typed.runs}")
        for row in rows:
            row.run()
        for name, source in [("gz", folder), ("NDJSON", lines)]:
            screens[name].append(loaded([typed.trailtop, source, "--memory", "8GB"]))
    report(rows, screens, (events, size, packed), typed.runs)


def report(rows, screens, corpus, runs):
    events, size, packed = corpus
    print(f"\n{time.strftime('%Y-%m-%d')}, {os.cpu_count()} cores ({processor()}), Python {platform.python_version()}; "
          f"{events:,} events, {size / 1e6:.0f} MB of JSON, {packed / 1e6:.0f} MB packed; medians of {runs} runs\n")
    print("| task | program | seconds | events/s | x trailtop | peak memory | first line |\n|---|---|---|---|---|---|---|")
    times = {(row.task, row.name): row.median() for row in rows}
    screen = {name: [statistics.median(it) for it in zip(*all)] for name, all in screens.items()}
    for name, (_, took, memory, _, _) in screen.items():
        times[f"load, {name}", "trailtop"] = took
        print(line(f"load, {name}", "trailtop", took, events, took, memory, "every row on the screen"))
    for row in rows:
        own = times.get((row.task, "trailtop"))
        print(line(row.task, row.name, row.median(), events, own, row.memory * 1024, row.answer))

    def ratio(task, other):
        mine, theirs = times.get((task, "trailtop")), times.get((task, other))
        return theirs / mine if mine and theirs else None

    print("\n| budget | demanded | measured | |\n|---|---|---|---|")
    by = "x the time of"
    print(judged(f"`query '' --by event`, {by} python orjson", ">= 6", ratio("count by event, gz", "python orjson"), "x", True))
    print(judged(f"`query 'err:AccessDenied role:X'`, {by} python orjson", ">= 8", ratio("denied of a role, gz", "python orjson"), "x", True))
    print(judged(f"the same on NDJSON, {by} hl", ">= 2", ratio("denied of a role, NDJSON", "hl"), "x", True))
    print(judged(f"`query KEY`, {by} rg -z", ">= 3", ratio("an access key, gz", "rg -z"), "x", True))
    print(judged("load a million from gz, scaled from what was loaded", "<= 4", screen["gz"][1] * 1e6 / events, " s", False))
    lnav = times.get(("load, NDJSON", "lnav"))
    print(judged("load NDJSON, in times of lnav", "<= 0.5", screen["NDJSON"][1] / lnav if lnav else None, "x", False))
    print(judged(f"memory of the dashboard, an event, at {events:,}", "<= 500", screen["gz"][2] / events, " B", False))
    print(judged("start to first frame", "<= 30", screen["gz"][0] * 1e3, " ms", False))
    print(judged("idle, bytes in 5 s", "<= 0", screen["gz"][3], " B", False))
    print(judged("idle, of a core", "<= 0", screen["gz"][4] * 100, " %", False))


def line(task, name, took, events, own, memory, answer):
    times = f"{took / own:.2f}" if own else ""
    answer = answer.replace("|", "/").replace("\t", " ")
    # A child begins as large as this script is.
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    memory = f"{memory / 1e6:.0f} MB" if memory > own * 1.02 else "little"
    return f"| {task} | {name} | {took:.2f} | {events / took:,.0f} | {times} | {memory} | {answer} |"


def processor():
    try:
        text = pathlib.Path("/proc/cpuinfo").read_text()
        return re.search(r"model name\s*:\s*(.*)", text)[1]
    except (OSError, TypeError):
        return platform.machine()


if __name__ == "__main__":
    main()
