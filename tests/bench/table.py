#!/usr/bin/env python3
"""The last `cargo bench` as a table of Markdown, out of what criterion keeps in target/criterion."""

import json
import pathlib

KEPT = pathlib.Path(__file__).resolve().parents[2] / "target" / "criterion"


def shown(nanoseconds):
    for unit, size in [("s", 1e9), ("ms", 1e6), ("us", 1e3)]:
        if nanoseconds >= size:
            return f"{nanoseconds / size:.3g} {unit}"
    return f"{nanoseconds:.3g} ns"


print("| benchmark | median | spread | a second |\n|---|---|---|---|")
for place in sorted(KEPT.rglob("new/benchmark.json")):
    named = json.loads(place.read_text())
    median = json.loads(place.with_name("estimates.json").read_text())["median"]
    bounds = median["confidence_interval"]
    time = median["point_estimate"]
    elements = (named.get("throughput") or {}).get("Elements")
    rate = f"{elements * 1e9 / time:,.0f} events" if elements else ""
    spread = f"{shown(bounds['lower_bound'])} .. {shown(bounds['upper_bound'])}"
    print(f"| {named['full_id']} | {shown(time)} | {spread} | {rate} |")
