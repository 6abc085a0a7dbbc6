"""The core: every rule of every conversation, as pure functions."""
