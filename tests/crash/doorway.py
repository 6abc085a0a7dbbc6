"""The TLS proxy that an operator puts before the webhook: Telegram delivers to nothing but https."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

OUTSIDE, INSIDE = 8443, 8080
"""Ports of one loopback address: where Telegram delivers, and where the bot listens."""
CHUNK = 64 << 10


@dataclass(frozen=True)
class Doorway:
    """An address of this machine alone, and the certificate that stands for it."""

    host: str
    certificate: Path

    @property
    def settings(self) -> dict[str, str]:
        """What the bot is told."""
        return {
            "PANAH_WEBHOOK_URL": f"https://{self.host}:{OUTSIDE}",
            "PANAH_WEBHOOK_LISTEN": f"{self.host}:{INSIDE}",
            "PANAH_WEBHOOK_SECRET": "a-made-up-secret-of-a-test",
        }


def make(host: str, folder: Path) -> Doorway:
    """A key and a certificate for a loopback address, good for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / "doorway.pem"
    file.write_bytes(private + certificate.public_bytes(pem))
    return Doorway(host, file)


@asynccontextmanager
async def proxy(doorway: Doorway) -> AsyncIterator[None]:
    """Pass everything on; while the bot is dead, the line breaks."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(doorway.certificate)

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            behind = await asyncio.open_connection(doorway.host, INSIDE)
            await asyncio.gather(_pour(reader, behind[1]), _pour(behind[0], writer))
        writer.close()

    server = await asyncio.start_server(carry, doorway.host, OUTSIDE, ssl=context)
    async with server:
        yield


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()
