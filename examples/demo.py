"""The demo: the example site under gunicorn and uvicorn, deliveries over real HTTP, a table of verdicts, the inspector.

    python examples/demo.py            sends, prints the table, leaves the site running until Ctrl-C
    python examples/demo.py --check    sends, prints the table, ends

The exit status is 0 if every delivery got the verdict it must get, else 1.
"""

from __future__ import annotations

import argparse
import contextlib
import re
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from http.client import HTTPConnection
from pathlib import Path

from deliveries import Delivery, Verdict, all_deliveries
from keys import Keys
from senders import Message
from servers import Server, ServerError, prepare, start
from table import Row, print_progress, print_table

TOLD = re.compile(r"INFO site: refused \w+: (\w+)|INFO hookseal\.deliveries: .* was (already handled) at ")
"""What the example site notes of each refusal, and hookseal of each duplicate."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; the return value is the exit status."""
    parser = argparse.ArgumentParser(description="Genuine and forged webhooks against a real site.")
    parser.add_argument("--check", action="store_true", help="end after the table instead of leaving the site up")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return run(Keys(), stay=not options.check)
    except ServerError as error:
        print(error, file=sys.stderr)
        return 1


def run(keys: Keys, *, stay: bool) -> int:
    """Start the site, send everything, print the table; then stay until Ctrl-C, if all is right."""
    with running_site(keys) as servers:
        *judged, inspector = servers
        rows = send_all(judged, all_deliveries(keys, time.time()))
        print_table(rows)
        print_a_refusal(judged[0].seen)
        shown = shows_deliveries(inspector.port)
        if not shown:
            print("\nWRONG: the inspector does not show what was sent")
        status = exit_status(rows) or (0 if shown else 1)
        if stay and status == 0:
            wait_for_the_end(servers)
    return status


@contextlib.contextmanager
def running_site(keys: Keys) -> Iterator[list[Server]]:
    """The example site under both servers, and once more under DEBUG; stopped and removed on the way out."""
    with tempfile.TemporaryDirectory(prefix="hookseal-demo-") as folder, contextlib.ExitStack() as stack:
        servers = []
        prepare(keys.environment(), Path(folder))
        for interface in ("wsgi", "asgi", "inspector"):
            print_progress(f"starting the example site ({interface})")
            server = start(interface, keys.environment(), Path(folder))
            stack.callback(server.stop)
            servers.append(server)
        yield servers


def send_all(servers: Sequence[Server], deliveries: Sequence[Delivery]) -> list[Row]:
    """Send every delivery to every server, one after the other, so that each refusal finds its own log line."""
    rows = []
    for server in servers:
        for number, delivery in enumerate(deliveries, start=1):
            print_progress(f"{server.name}: delivery {number} of {len(deliveries)}")
            status = send(server.port, delivery.message)
            got = Verdict(status, logged_reason(server.new_lines()))
            rows.append(Row(server.name, delivery.sender, delivery.what, delivery.expected, got))
    print_progress("")
    return rows


def send(port: int, message: Message) -> int:
    """Send one message to 127.0.0.1 and return the status of the answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.putrequest(message.method, message.path)
        for name, value in message.headers.items():
            connection.putheader(name, value.encode("latin-1"))
        if message.chunked:
            connection.putheader("Transfer-Encoding", "chunked")
            connection.endheaders([message.body], encode_chunked=True)
        else:
            connection.putheader("Content-Length", str(len(message.body)))
            connection.endheaders(message.body)
        response = connection.getresponse()
        response.read()
        return response.status
    finally:
        connection.close()


def logged_reason(lines: Sequence[str]) -> str:
    """What a server has logged: the reason of a refusal, or that the delivery was handled before; "" if neither."""
    found = [match[1] or match[2] for line in lines if (match := TOLD.search(line))]
    return found[-1] if found else ""


def print_a_refusal(log: Sequence[str]) -> None:
    """Show what the owner of a site reads when a delivery is refused."""
    line = next((line for line in log if "refused [" in line), None)
    if line is not None:
        print(f"\nA refusal in the site's log:\n{line.rstrip()}")


def shows_deliveries(port: int) -> bool:
    """Whether the inspector lists deliveries, accepted ones and refused ones."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", "/hookseal/")
        page = connection.getresponse().read().decode()
        return 'class="pill accepted"' in page and 'class="pill refused"' in page
    finally:
        connection.close()


def exit_status(rows: Sequence[Row]) -> int:
    """0 if there are verdicts and every one is right, else 1."""
    return 0 if rows and all(row.right for row in rows) else 1


def wait_for_the_end(servers: Sequence[Server]) -> None:
    """Leave the site running until Ctrl-C."""
    print("\nThe site stays up until Ctrl-C:")
    for server in servers:
        path = "hookseal/  (see what was sent; send some of it again)" if server.name == "inspector" else ""
        print(f"  {server.name:<14} {server.address}{path}", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()
    print("\nStopped.")


if __name__ == "__main__":
    sys.exit(main())
