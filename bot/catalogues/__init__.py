"""For developers and translators: the catalogues as files. Nothing here runs while Panah serves.

`python -m bot.catalogues merge FILE.json…` puts texts in, `template` writes `locales/messages.pot` anew, `check` names
every fault of every catalogue.

What may enter: texts of ours, ids from the source. What never does: anything that a person wrote to Panah.
"""
