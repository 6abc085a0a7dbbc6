"""A PostgreSQL of our own for the tests that are marked `postgres`: started once, gone with the session."""

import asyncio
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import make_url

ENGINES = ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)]
"""What a fixture of databases is made for."""


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """On a socket in a temporary folder, which it gives; without a server, skipped by hand, and failed in CI."""
    binaries = _binaries()
    folder = Path(tempfile.mkdtemp(prefix="panah-pg-"))
    user = "postgres" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    if os.geteuid() == 0:
        shutil.chown(folder, user)
    run: dict[str, Any] = {"user": user if os.geteuid() == 0 else None, "cwd": folder, "check": True}
    data = folder / "data"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    initdb = [binaries / "initdb", "-D", data, "-U", "panah", "-A", "trust", "--no-sync", "--locale=C.UTF-8"]
    options = f"-k {folder} -c listen_addresses= -c fsync=off -c max_connections=60"
    subprocess.run(initdb, **run, **quiet)
    control = [binaries / "pg_ctl", "-D", data]
    subprocess.run([*control, "-w", "-l", folder / "log", "-o", options, "start"], **run, **quiet)
    try:
        yield str(folder)
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], **run, **quiet)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/panah.db"
    return new_database(request.getfixturevalue("postgres_server"))


def _binaries() -> Path:
    """Debian keeps them out of the path, by version; the newest."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    elsewhere = shutil.which("initdb")
    if not found and not elsewhere:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("needs PostgreSQL: apt-get install postgresql")
    return (found[-1] if found else Path(elsewhere or "")).parent


def new_database(folder: str, template: str = "template1") -> str:
    """A database of this server, and its address."""
    name = f"t_{secrets.token_hex(8)}"

    async def create() -> None:
        connection = await asyncpg.connect(host=folder, user="panah", database="postgres")
        await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        await connection.close()

    asyncio.run(create())
    return f"postgresql+asyncpg://panah@/{name}?host={folder}"


def folder_of(url: str) -> Path:
    """Where the server keeps this database."""
    where = make_url(url)
    socket = str(where.query["host"])

    async def number() -> int:
        connection = await asyncpg.connect(host=socket, user="panah", database=where.database)
        found = await connection.fetchval("SELECT oid FROM pg_database WHERE datname = current_database()")
        await connection.close()
        return int(found)

    return Path(socket) / "data" / "base" / str(asyncio.run(number()))
