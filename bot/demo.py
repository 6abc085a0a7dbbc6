"""The rehearsal: a local Bot API server, three phones, and the real bot on a throw-away state.

Nothing leaves this computer: the server listens on 127.0.0.1, and the folder is removed at the end.
"""

import asyncio
import secrets
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import typer
from msgspec import Struct

from bot.app import App, assemble
from bot.founding import found
from bot.sandbox import Phone, Sandbox
from bot.settings import FixedSettings, Settings
from bot.story import Story

BOT = "panah_demo_bot"


class Stage(Struct, frozen=True):
    """Everything that a rehearsal needs."""

    sandbox: Sandbox
    app: App
    reporter: Phone
    responder: Phone
    admin: Phone
    invitation: str


@asynccontextmanager
async def stage(port: int = 0, program: Path | None = None) -> AsyncIterator[Stage]:
    """The sandbox and the bot against it, running; with another program, if one is named."""
    token = f"1000001:{secrets.token_hex(16)}"
    with tempfile.TemporaryDirectory(prefix="panah-demo-") as folder:
        async with Sandbox(port=port) as sandbox:
            sandbox.add_bot(token, BOT, "Panah")
            settings = _settings(token, sandbox.url, Path(folder) / "state", program)
            founded = await found(settings.state_dir, settings.database)
            link = f"https://t.me/{BOT}?start={founded.secret}"
            reporter = sandbox.phone("Reporter", "en", "reporter")
            responder = sandbox.phone("Responder", "en", "responder")
            admin = sandbox.phone("Admin", "en", "admin", hint=f"The first admin's invitation: {link}")
            async with assemble(settings) as app:
                running = asyncio.create_task(app.run())
                try:
                    yield Stage(sandbox, app, reporter, responder, admin, founded.secret)
                finally:
                    running.cancel()
                    await asyncio.gather(running, return_exceptions=True)


def _settings(token: str, api: str, state: Path, program: Path | None) -> Settings:
    """Of the rehearsal only: nothing of the operator's environment or files plays a part."""
    given = {"telegram_token": token, "telegram_api": api, "state_dir": state, "program_dir": program}
    return FixedSettings.model_validate(given | {"organisation": "the rehearsal desk"})


async def by_hand(port: int) -> None:
    """Serve the page until stopped."""
    async with stage(port) as played:
        typer.echo(f"\n  Panah, rehearsed on this computer: {played.sandbox.url}/\n")
        typer.echo("  Three phones stand side by side: Reporter, Responder, Admin. Begin with the admin's invitation,")
        typer.echo("  then invite the responder, then report something. Ctrl-C ends it and leaves nothing behind.\n")
        await asyncio.Event().wait()


async def by_script() -> int:
    """Play the story and print the chats; 0, or 1 when a step fails."""
    async with stage() as played:
        return await Story(played.reporter, played.responder, played.admin, played.invitation, BOT).play()
