"""The office: what admins do.

What lives here: invitations (`invitations`), letting newcomers in (`people`), the team on a screen (`team`) and what
can be done about its members (`measures`); advisories: written (`advisories`), for whom (`audience`), when
(`schedule`), seen by a second admin (`approvals`), on their way (`broadcast`, `progress`), corrected (`corrections`);
the audit chain (`audit`), figures (`figures`), what is done at the server's console (`recovery`), the end of all keys
(`panic`).

What may enter: the cards and permissions of the core. What never does: the rooms of reporters and of the desk, and a
case's content: an admin reads a case at the desk like everybody else.
"""
