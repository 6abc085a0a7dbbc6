"""What happens to advisories and to those who want them."""

from handlers.model.advisories import Advisory, Scope
from handlers.model.ids import Address, Tagged, Token


class Subscribe(Tagged, frozen=True):
    """Keep an address and what its person wants, sealed to the desk, for advisories in a language.

    It takes the place of the subscription of this token; with `replaces`, of every earlier one of this address.
    """

    address: Address
    language: str
    token: Token
    scope: Scope = Scope()
    safe_word: str = ""
    replaces: bool = False


class Unsubscribe(Tagged, frozen=True):
    """Stop advisories: by the token of a subscription, or for a whole address.

    Both hold at once. The address's subscriptions are sealed, and so deleted only when somebody is unlocked.
    """

    token: Token = Token("")
    address: Address = Address("")


class Advise(Tagged, frozen=True):
    """Keep an advisory as it is now: a new one, or one in another state. One that runs goes out."""

    advisory: Advisory


OfAdvisories = Subscribe | Unsubscribe | Advise
