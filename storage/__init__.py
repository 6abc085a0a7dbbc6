"""The memory: the only room that knows SQL, keys and sealed files.

What lives here: tables and the unit of work (`transaction`), the vault and its key ring, blobs, the audit chain.
What may enter: values of `handlers.model`, to be stored and read back.
What never does: a decision about a conversation, a messenger, the network, plain text at rest.
"""
