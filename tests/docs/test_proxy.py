"""Debian's nginx with deploy/nginx.conf.example before a bot that Telegram, here the sandbox, delivers to.

What an operator fills in is put in: ports, a certificate, and one address of loopback beside Telegram's own.
"""

import asyncio
import os
import random
import shutil
import ssl
from asyncio.subprocess import PIPE, create_subprocess_exec
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import aiohttp
import pytest

from bot.sandbox.remote import RemoteSandbox
from bot.telegram.webhook import SECRET_HEADER, WebhookConfig
from tests.crash import doorway
from tests.crash.doorway import INSIDE, OUTSIDE, Doorway
from tests.crash.people import Census, Founder, Reporter
from tests.crash.processes import GRACE, REPOSITORY, Server, sandbox_process

pytestmark = pytest.mark.slow

EXAMPLE = (REPOSITORY / "deploy" / "nginx.conf.example").read_text("utf-8")
TELEGRAM = "127.0.0.1"
"""What the sandbox delivers from."""
LARGE, TOO_LARGE = 900_000, (1 << 20) + 1
"""Bytes of a delivery. By itself nginx keeps 16 KiB in memory, and writes the rest to a file."""
SLOW_CLIENTS = 50
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
"""What nginx keeps in files, each in a folder."""


@dataclass(frozen=True)
class Proxy:
    """A running nginx in a folder of its own, and what Telegram knows of the bot behind it."""

    door: Doorway
    folder: Path

    @property
    def path(self) -> str:
        """The secret one."""
        told = self.door.settings
        config = WebhookConfig(told["PANAH_WEBHOOK_URL"], self.door.host, INSIDE, told["PANAH_WEBHOOK_SECRET"])
        return config.path("telegram")

    @property
    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.door.certificate))

    async def post(self, body: bytes, secret: str = "", source: str = TELEGRAM) -> tuple[int, bytes]:
        """Deliver as Telegram does, or not quite; status and body of the answer."""
        url = f"{self.door.settings['PANAH_WEBHOOK_URL']}/{self.path}"
        headers = {SECRET_HEADER: secret or self.door.settings["PANAH_WEBHOOK_SECRET"]}
        connector = aiohttp.TCPConnector(local_addr=(source, 0), ssl=self.trust)
        async with (
            aiohttp.ClientSession(connector=connector) as http,
            http.post(url, data=BytesIO(body), headers=headers) as answer,
        ):
            return answer.status, await answer.read()

    @asynccontextmanager
    async def slow_client(self) -> AsyncIterator[None]:
        """Somebody who begins to deliver and doesn't go on."""
        _, writer = await asyncio.open_connection(self.door.host, OUTSIDE, ssl=self.trust)
        writer.write(f"POST /{self.path} HTTP/1.1\r\nHost: {self.door.host}\r\nContent-Length: 99\r\n\r\n{{".encode())
        await writer.drain()
        yield
        writer.transport.abort()


def filled_in(door: Doorway) -> str:
    """The example as an operator makes it theirs."""
    config = EXAMPLE
    for line, own in (
        ("listen 443 ssl", f"listen {door.host}:{OUTSIDE} ssl"),
        ("    listen [::]:443 ssl;\n", ""),
        ("server_name bot.example.org", f"server_name {door.host}"),
        ("/etc/letsencrypt/live/bot.example.org/fullchain.pem", str(door.certificate)),
        ("/etc/letsencrypt/live/bot.example.org/privkey.pem", str(door.certificate)),
        ("    deny all;", f"    allow {TELEGRAM};\n    deny all;"),
        ("http://127.0.0.1:8443", f"http://{door.host}:{INSIDE}"),
    ):
        assert config.count(line) == 1, line
        config = config.replace(line, own)
    return config


def configuration(door: Doorway, folder: Path) -> Path:
    """Debian's own, with its logs, around the example."""
    folder.mkdir()
    kept = "".join(f"{name}_temp_path {folder}/{name};\n" for name in TEMPORARY)
    main = f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/error.log;\nevents {{}}\n"
    file = folder / "conf"
    file.write_text(f"{main}http {{\naccess_log {folder}/access.log;\n{kept}{filled_in(door)}}}\n")
    return file


@asynccontextmanager
async def nginx(door: Doorway, folder: Path) -> AsyncIterator[Proxy]:
    """As Debian starts it, but without a place for temporary files."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("needs nginx (Debian: nginx-light)")
    process = await create_subprocess_exec(program, "-c", str(configuration(door, folder)), stderr=PIPE)
    try:
        async with asyncio.timeout(GRACE):
            while not (folder / "pid").exists():
                assert process.returncode is None, (await process.communicate())[1].decode()
                await asyncio.sleep(0.05)
        for name in TEMPORARY:
            (folder / name).rmdir()
        yield Proxy(door, folder)
    finally:
        if process.returncode is None:
            process.terminate()
        await asyncio.wait_for(process.wait(), GRACE)


async def test_given_the_proxy_of_the_example_then_reports_come_through_and_nothing_else_does(tmp_path: Path):
    numbers = random.Random().sample(range(2, 250), 2)
    door = doorway.make(f"127.84.{numbers[0]}.{numbers[1]}", tmp_path)
    async with (
        nginx(door, tmp_path / "nginx") as proxy,
        sandbox_process(SSL_CERT_FILE=str(door.certificate)) as api,
        RemoteSandbox(api) as sandbox,
        AsyncExitStack() as hanging,
    ):
        server = Server(tmp_path, api, f"sqlite+aiosqlite:///{tmp_path}/panah.db", **door.settings)
        hanging.push_async_callback(server.close)
        secret = await server.found()
        await server.start()
        amina = Founder(await sandbox.phone("Amina"), Census(), random.Random(1), 0)
        await amina.join(secret)

        for _ in range(SLOW_CLIENTS):
            await hanging.enter_async_context(proxy.slow_client())
        await Reporter(1, "en", await sandbox.phone("Reporter"), Census(), random.Random(1), 0).report()

        assert await proxy.post(b"{}", secret="a-made-up-secret-of-nobody") == (403, b"")
        assert (await proxy.post(b"{}", source=door.host))[0] == 403
        assert (await proxy.post(b" " * LARGE))[0] == 200, "nginx must keep what was written in memory"
        assert (await proxy.post(b" " * TOO_LARGE))[0] == 413
        assert await server.stop() == 0
    assert "webhook.unparsable" in server.log.read_text(), "the large one arrived"
    told = "".join(file.read_text() for file in proxy.folder.glob("*.log"))
    assert proxy.path not in told and "POST" not in told
