"""Cases: opened, added to, merged, erased; what leads to them, and who is not heard again."""

from handlers import waits
from handlers.model import Ban, Discard, Erase, KeepCode, KeepFigures, KeepToken, Merge, OpenCase, Seal, Stretch, Unlink
from storage import cases, pool
from storage.consequences.scene import Consequences, Scene, post
from storage.outbox import NOBODY, Priority
from storage.tables import Lane


def _open_case(scene: Scene, effect: OpenCase) -> None:
    holder = pool.holder_of_cases(scene.scribe, scene.view.pool)
    scene.ledger.opened.append(cases.opening(scene.scribe, effect, holder))
    scene.view.change(effect.case)


def _stretch(scene: Scene, effect: Stretch) -> None:
    """Somebody waits for a typed code, and nobody for a new one: that goes its way among the downloads."""
    waited_for = Priority.NORMAL if effect.case else Priority.SOON
    post(scene, Lane.ERRANDS, scene.address, effect, priority=waited_for)


def _keep_token(scene: Scene, effect: KeepToken) -> None:
    hashed = cases.token_hash(scene.scribe, effect.token)
    scene.ledger.secrets.append(cases.secret_row(scene.scribe, hashed, effect.case))


def _keep_code(scene: Scene, effect: KeepCode) -> None:
    hashed = cases.code_hash(scene.scribe, effect.stretched)
    scene.ledger.secrets.append(cases.secret_row(scene.scribe, hashed, effect.case))


def _seal(scene: Scene, effect: Seal) -> None:
    scene.ledger.sealed.append((effect.case, effect.part))
    scene.view.add_part(effect.case, effect.part)


def _merge(scene: Scene, effect: Merge) -> None:
    for part in effect.parts:
        _seal(scene, Seal(effect.into, part))
    scene.ledger.merged.append(effect)
    scene.ledger.forgotten.append(scene.scribe.chat(waits.chat(effect.gone)))
    scene.view.merge(effect.gone, effect.into)


def _erase(scene: Scene, effect: Erase) -> None:
    scene.ledger.erased.append(effect.case)
    scene.ledger.forgotten.append(scene.scribe.chat(waits.chat(effect.case)))
    scene.view.erase(effect.case)


def _unlink(scene: Scene, effect: Unlink) -> None:
    scene.ledger.unlinked.add(effect.case)


def _discard(scene: Scene, effect: Discard) -> None:
    post(scene, Lane.ERRANDS, NOBODY, effect)


def _ban(scene: Scene, effect: Ban) -> None:
    scene.ledger.bans.append(effect)


def _keep_figures(scene: Scene, effect: KeepFigures) -> None:
    scene.ledger.figures.append(effect.figures)


CONSEQUENCES: Consequences = {
    OpenCase: _open_case,
    Stretch: _stretch,
    KeepToken: _keep_token,
    KeepCode: _keep_code,
    Seal: _seal,
    Merge: _merge,
    Erase: _erase,
    Unlink: _unlink,
    Discard: _discard,
    Ban: _ban,
    KeepFigures: _keep_figures,
}
