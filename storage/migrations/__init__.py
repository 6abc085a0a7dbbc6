"""Every change of the schema, in order. A migration that was released is never edited; `storage.migrate` runs them."""
