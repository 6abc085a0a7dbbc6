"""For developers and translators: the catalogues as files. At the start the gates also judge an operator's own texts.

`python -m bot.catalogues merge FILE.json…` puts texts in, `template` writes `locales/messages.pot` anew, `check` names
every fault of every catalogue, `spell` shows the words that no dictionary knows.

What may enter: texts of ours, ids from the source. What never does: anything that a person wrote to Panah.
"""
