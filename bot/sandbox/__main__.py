"""`python -m bot.sandbox`: the sandbox as a process of its own, until SIGTERM or Ctrl-C."""

import argparse
import asyncio
import signal
import sys

from bot.sandbox.sandbox import Sandbox


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bot.sandbox", description="A local Telegram Bot API server.")
    parser.add_argument("--port", type=int, default=0, help="a port of 127.0.0.1; 0 takes a free one")
    parser.add_argument("--token", default="1000001:TEST", help="the token of the first bot (made up)")
    parser.add_argument("--username", default="panah_demo_bot", help="the username of the first bot")
    parser.add_argument("--name", default="Panah", help="the name of the first bot")
    parser.add_argument("--keep", type=int, help="messages kept in each chat; all, when left out")
    return parser.parse_args()


async def serve(options: argparse.Namespace) -> None:
    """Run until a signal comes; the one line on the standard output is the address."""
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    async with Sandbox(port=options.port, keep=options.keep) as sandbox:
        sandbox.add_bot(token=options.token, username=options.username, name=options.name)
        print(sandbox.url, flush=True)
        await stopped.wait()


def main() -> None:
    """Serve, or say why not."""
    options = arguments()
    try:
        asyncio.run(serve(options))
    except OSError as fault:
        sys.exit(f"port {options.port} of 127.0.0.1 can't be used ({fault.strerror}): choose another one with --port")


if __name__ == "__main__":
    main()
