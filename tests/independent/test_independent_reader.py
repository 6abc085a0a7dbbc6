"""The same ciphertexts, opened by JavaScript libraries that share no code with ours: we stored what we documented."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from bot import bundles, clock, uwazi
from bot.founding import found
from bot.i18n import catalogues
from bot.publishing import as_csv
from handlers.model import Address, CaseId, Message, Partner, Release, SendBundle, SendExport, Table
from storage import age
from storage.backup import back_up
from storage.pairs import new_pair
from storage.recovery import identity_text, recipient_text
from tests.vectors import make

HERE = Path(__file__).parent
pytestmark = pytest.mark.independent


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reader with its pinned packages. Without node this is skipped by hand, and fails in CI."""
    if not (shutil.which("node") and shutil.which("npm")):
        (pytest.fail if os.environ.get("CI") else pytest.skip)("needs node 20.19 or newer, and npm")
    folder = tmp_path_factory.mktemp("reader")
    for file in (*HERE.glob("*.mjs"), *HERE.glob("*.json")):
        shutil.copy(file, folder)
    run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", folder=folder)
    return folder


def run(*command: str, folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def test_given_the_frozen_vectors_then_javascript_opens_them_and_refuses_every_damaged_one(reader: Path):
    assert run("node", "read.mjs", str(HERE.parent / "vectors"), folder=reader) == "opened 15, refused 82"


def test_given_ciphertexts_made_today_then_javascript_opens_them_and_refuses_every_damaged_one(
    reader: Path, tmp_path: Path
):
    make.write(tmp_path)
    assert run("node", "read.mjs", str(tmp_path), folder=reader) == "opened 15, refused 82"


def test_given_a_bundle_for_a_partner_with_a_new_key_then_another_age_opens_it(reader: Path, tmp_path: Path):
    with new_pair() as pair:
        them = Partner("lighthouse", "Lighthouse", "ru", recipient_text(pair.public), "")
        facts = '{"ref":"K7MPQR","category":"hack","origin":[],"host":"","month":"2026-11","level":"P2","answers":{},'
        content, summary = facts + '"tlp":"TLP:RED","words":[],"summary":""}', Message("bundle.redacted")
        effect = SendBundle(Address("t:1"), CaseId("c"), them, content, summary, "n", "s")
        (path := tmp_path / "bundle.age").write_bytes(bundles.packed(effect, catalogues()["ru"]))
        told = run("node", "age.mjs", str(path), identity_text(pair.seed), folder=reader)
    text = bundles.markdown(summary, catalogues()["ru"])
    files = {"bundle.json": content, "summary.md": text, "uwazi.csv": uwazi.table([content])}
    assert told == hashlib.sha256(bundles.tarred(files)).hexdigest()


def test_given_an_export_for_a_partner_with_a_new_key_then_another_age_opens_it(reader: Path, tmp_path: Path):
    with new_pair() as pair:
        them = Partner("lighthouse", "Lighthouse", "ru", recipient_text(pair.public), "")
        said = Release("2026Q1", 1, 40, (Table("category", {"hack": 40}),))
        effect = SendExport(Address("t:1"), them, "n", "s", figures=said, tlp="TLP:RED")
        (path := tmp_path / "export.age").write_bytes(bundles.packed(effect, catalogues()["ru"]))
        told = run("node", "age.mjs", str(path), identity_text(pair.seed), folder=reader)
    assert told == hashlib.sha256(bundles.tarred({"figures.csv": as_csv(said, "TLP:RED")})).hexdigest()


@pytest.mark.parametrize("size", [0, 65_536, 200_000])
def test_given_a_file_for_the_recovery_key_then_another_age_opens_it_and_we_open_theirs(
    reader: Path, tmp_path: Path, size: int
):
    data, path = os.urandom(size), tmp_path / "backup.age"
    with new_pair() as pair:
        with path.open("wb") as out, age.sealed(out, pair.public) as file:
            file.write(data)
        told = run("node", "age.mjs", str(path), identity_text(pair.seed), folder=reader)
        assert told == hashlib.sha256(data).hexdigest()
        with path.with_name("backup.age.theirs").open("rb") as theirs:
            assert age.opened(theirs, pair.seed).read() == data


async def test_given_a_backup_then_another_age_and_tar_open_it(reader: Path, tmp_path: Path):
    state = tmp_path / "state"
    founded = await found(state, f"sqlite+aiosqlite:///{state}/panah.db")
    path = tmp_path / "panah.age"
    with path.open("wb") as out:
        manifest = await back_up(out, state, f"sqlite+aiosqlite:///{state}/panah.db", (), clock.now())
    run("node", "age.mjs", str(path), founded.recovery, folder=reader)
    names = run("tar", "-tf", f"{path}.plain", folder=tmp_path).splitlines()
    assert names == [*manifest.members, "manifest.json"]
    run("tar", "-xf", f"{path}.plain", folder=tmp_path)
    assert (tmp_path / "keys" / "root.key").read_bytes() == (state / "root.key").read_bytes()
