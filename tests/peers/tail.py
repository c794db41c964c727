#!/usr/bin/env python3
"""Objects of many accounts and regions come into a bucket of moto while trailtop follows it.

  tests/peers/tail.py --accounts 100 --regions 4 --minutes 10 --listings 24000
  tests/peers/tail.py --tree FOLDER ...      the same with a bucket's content from a folder

Run it by a python that has moto and boto3 (target/peers/bin/python3, see .ci/run). Objects come in the
order of their labels, one in five of them late, behind others that were read. The first fifth is there
before trailtop is, and so is an object of every region: one that is new is found within the hour, which
nobody waits for here. At the end every event must have come once. Printed: how many listings were made
in each minute as the server counted them, CPU and memory of trailtop as /proc has them.
"""
import argparse
import collections
import datetime
import gzip
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import boto3
from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, make_server

REGIONS = "us-east-1 eu-west-1 ap-south-1 us-west-2 eu-central-1 ap-northeast-1".split()
LABEL = re.compile(r"_(\d{8}T\d{4})Z_")
BUCKET = "trail"
# How long everything may take to come once the last object is there.
DEADLINE = 120


class Quiet(WSGIRequestHandler):
    """A line a request is too much."""

    protocol_version = "HTTP/1.1"

    def log(self, kind, message, *args):
        pass


class Counted:
    """moto, and how often it was asked for a listing, by second."""

    def __init__(self):
        self.app = DomainDispatcherApplication(create_backend_app)
        self.listings = collections.Counter()

    def __call__(self, environ, start_response):
        if environ["REQUEST_METHOD"] == "GET" and "list-type=2" in environ.get("QUERY_STRING", ""):
            self.listings[int(time.monotonic())] += 1
        return self.app(environ, start_response)


def made(accounts, regions, per_region):
    """Objects of the last hour as {key: (body, ids)}, for when no tree was given."""
    objects, dice = {}, random.Random(1)
    now = datetime.datetime.now(datetime.timezone.utc)
    for account in (f"{n:012}" for n in range(100000000001, 100000000001 + accounts)):
        for region in REGIONS[:regions]:
            for slot in range(per_region):
                label = now - datetime.timedelta(minutes=50 * (1 - slot / per_region))
                serial = "".join(dice.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=16))
                key = (
                    f"AWSLogs/{account}/CloudTrail/{region}/{label:%Y/%m/%d}/"
                    f"{account}_CloudTrail_{region}_{label:%Y%m%dT%H%M}Z_{serial}.json.gz"
                )
                ids = [f"{account}-{region}-{slot}-{n}" for n in range(5)]
                time_of = f"{label - datetime.timedelta(minutes=4):%Y-%m-%dT%H:%M:%SZ}"
                records = [
                    {"eventVersion": "1.11", "eventID": it, "eventTime": time_of,
                     "eventName": "PutObject", "eventSource": "s3.amazonaws.com",
                     "awsRegion": region, "recipientAccountId": account}
                    for it in ids
                ]
                objects[key] = (gzip.compress(json.dumps({"Records": records}).encode()), ids)
    return objects


def read(tree):
    """The same from a folder."""
    objects = {}
    for path in pathlib.Path(tree).rglob("*.json.gz"):
        body = path.read_bytes()
        records = json.loads(gzip.decompress(body))["Records"]
        # Records without an eventID are known by their content, which nobody counts here.
        ids = [record["eventID"] for record in records if record.get("eventID")]
        objects[str(path.relative_to(tree))] = (body, ids)
    return objects


def order(objects):
    """Keys in the order of coming: by label, but one in five up to a third of all later."""
    dice = random.Random(2)
    keys = sorted(objects, key=lambda key: LABEL.search(key)[1])
    late = lambda at: at + (dice.random() * len(keys) / 3 if dice.random() < 0.2 else 0)
    keys = [key for _, key in sorted((late(at), key) for at, key in enumerate(keys))]
    firsts = {}
    for key in keys:
        firsts.setdefault(key.split("/20")[0], key)
    there = set(firsts.values())
    return sorted(keys, key=lambda key: key not in there)


class Watched(threading.Thread):
    """What a process uses, by /proc."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.peak, self.cpu = pid, 0, 0.0
        self.start()

    def run(self):
        ticks, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")
        try:
            while True:
                stat = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
                self.cpu = (int(stat[11]) + int(stat[12])) / ticks
                self.peak = max(self.peak, int(stat[21]) * page)
                time.sleep(0.5)
        except OSError:
            pass


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--accounts", type=int, default=100)
    parser.add_argument("--regions", type=int, default=4)
    parser.add_argument("--objects", type=int, default=12, help="of each region, without --tree")
    parser.add_argument("--tree", help="take the objects from this folder")
    parser.add_argument("--minutes", type=float, default=10, help="how long objects keep coming")
    parser.add_argument("--poll")
    parser.add_argument("--listings")
    parser.add_argument("--since", default="4h")
    parser.add_argument("--trailtop", default="target/release/trailtop")
    asked = parser.parse_args()
    objects = read(asked.tree) if asked.tree else made(asked.accounts, asked.regions, asked.objects)
    expected = {it for _, ids in objects.values() for it in ids}
    keys = order(objects)

    counted = Counted()
    server = make_server("127.0.0.1", 0, counted, True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    login = {"aws_access_key_id": "AKIAEXAMPLE", "aws_secret_access_key": "secret"}
    s3 = boto3.client("s3", endpoint_url=url, region_name="us-east-1", **login)
    s3.create_bucket(Bucket=BUCKET)
    stored = {}

    def put(key):
        stored.update(dict.fromkeys(objects[key][1], time.monotonic()))
        s3.put_object(Bucket=BUCKET, Key=key, Body=objects[key][0])

    there = max(len(keys) // 5, len({key.split("/20")[0] for key in keys}))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(put, keys[:there]))

    home = tempfile.mkdtemp(prefix="trailtop-tail-")
    command = [asked.trailtop, "query", "", f"s3://{BUCKET}", "--follow", "--since", asked.since]
    command += ["-o", "csv", "--columns", "id", "--stats", "--no-checkpoint"]
    command += ["--poll", asked.poll] if asked.poll else []
    command += ["--listings", asked.listings] if asked.listings else []
    environment = {
        "PATH": os.environ.get("PATH", ""), "HOME": home, "TMPDIR": home, "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true",
    }
    errors = open(pathlib.Path(home) / "stderr", "w+")
    began = time.monotonic()
    program = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors,
        text=True,
    )
    watched = Watched(program.pid)
    came, lags = collections.Counter(), []
    has_all = threading.Event()

    def listen():
        for line in program.stdout:
            it = line.strip()
            if it not in ("id", ""):
                came[it] += 1
                if stored.get(it, 0) > began:
                    lags.append(time.monotonic() - stored[it])
                if len(came) >= len(expected) and expected <= came.keys():
                    has_all.set()

    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    pause = asked.minutes * 60 / max(1, len(keys) - there)
    fed = time.monotonic()
    for n, key in enumerate(keys[there:]):
        time.sleep(max(0.0, fed + n * pause - time.monotonic()))
        put(key)
    rounds = 3600 * asked.accounts * asked.regions / int(asked.listings or 2000)
    has_all.wait(DEADLINE if asked.poll else DEADLINE + 2 * rounds)
    took = time.monotonic() - began
    program.terminate()
    program.wait(60)
    listener.join(60)
    errors.seek(0)
    said = errors.read()

    minutes = collections.Counter()
    for second, n in counted.listings.items():
        minutes[int((second - int(began)) // 60)] += n
    whole = [minutes[n] for n in range(max(minutes) + 1)]
    lost = expected - came.keys()
    twice = [it for it in expected if came[it] > 1]
    print(f"objects {len(keys)}, {there} of them there before; events {len(expected)}")
    lags.sort()
    part = lambda share: f"{lags[int((len(lags) - 1) * share)]:.0f} s" if lags else "-"
    print(f"lost {len(lost)}, twice {len(twice)}")
    print(f"from storing to the line: half within {part(0.5)}, 99 % {part(0.99)}, all {part(1)}")
    print(f"listings a minute: {' '.join(map(str, whole))}; {sum(whole)} in all")
    print(f"trailtop: {watched.cpu:.1f} s of CPU in {took:.0f} s, at most {watched.peak >> 20} MB")
    if lost or twice:
        print(sorted(lost)[:5], twice[:5], said[:2000], file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
