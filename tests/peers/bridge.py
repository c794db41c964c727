#!/usr/bin/env python3
"""AWS as others wrote it, for a test: moto serves, boto3 asks.

The first line of output is the URL of the server. Then every line of input is one call, as JSON:
{"service": "s3", "call": "create_bucket", "with": {...}}, and every line of output its answer. Bytes
are base64 under a name that ends in "64". All of it ends with the input.
"""
import base64
import json
import sys

import boto3
from botocore.config import Config
from moto.server import ThreadedMotoServer

CLIENT = {
    "region_name": "us-east-1",
    "aws_access_key_id": "AKIAEXAMPLE",
    "aws_secret_access_key": "secret",
    "config": Config(inject_host_prefix=False, retries={"total_max_attempts": 1}),
}


def decoded(arguments):
    """Arguments as boto3 takes them."""
    return {
        name.removesuffix("64"): base64.b64decode(value) if name.endswith("64") else value
        for name, value in arguments.items()
    }


def plain(value):
    """What JSON has no word for."""
    if hasattr(value, "isoformat"):
        return value.isoformat()
    if hasattr(value, "read"):
        value = value.read()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    # A stream of events, to its end.
    return list(value)


def main():
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    print(url, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        client = boto3.client(asked["service"], endpoint_url=asked.get("url", url), **CLIENT)
        try:
            said = getattr(client, asked["call"])(**decoded(asked.get("with", {})))
        except Exception as error:  # Whatever it is, the test is told.
            said = {"error": f"{type(error).__name__}: {error}"}
        said.pop("ResponseMetadata", None)
        print(json.dumps(said, default=plain), flush=True)


if __name__ == "__main__":
    main()
