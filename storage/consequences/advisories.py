"""Advisories, and who wants them."""

from handlers.model import Advise, Subscribe, Unsubscribe
from storage import advisories, pool, readers
from storage.consequences.scene import Consequences, Scene, post
from storage.outbox import NOBODY
from storage.readers import Fate
from storage.tables import Lane


def _subscribe(scene: Scene, effect: Subscribe) -> None:
    if scene.view.pool is None:
        raise pool.NotFounded
    if effect.replaces:
        earlier = readers.departure(scene.scribe, scene.view.pool, effect.address, scene.now, Fate.REPLACED)
        scene.ledger.replaced.append(earlier)
    scene.ledger.subscribed.append(readers.subscription(scene.scribe, scene.view.pool, effect, scene.now))


def _unsubscribe(scene: Scene, effect: Unsubscribe) -> None:
    """Before there is a desk, nobody can have subscribed."""
    if effect.token:
        scene.ledger.unsubscribed.append(readers.hashed(scene.scribe, effect.token))
    if effect.address and scene.view.pool:
        row = readers.departure(scene.scribe, scene.view.pool, effect.address, scene.now)
        scene.ledger.departed[scene.scribe.chat(effect.address)] = row


def _advise(scene: Scene, effect: Advise) -> None:
    """The next unit of the batch sees it as it is now; what runs has its steps among the errands."""
    scene.view.advisories[effect.advisory.id] = effect.advisory
    scene.ledger.advisories[effect.advisory.id] = effect.advisory
    if effect.advisory.state == advisories.RUNNING:
        post(scene, Lane.ERRANDS, NOBODY, effect)


CONSEQUENCES: Consequences = {
    Subscribe: _subscribe,
    Unsubscribe: _unsubscribe,
    Advise: _advise,
}
