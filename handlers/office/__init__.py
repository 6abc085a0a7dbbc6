"""The office: what admins do. Inviting and approving people (`people`), the team on a screen (`team`) and what
can be done about its members (`measures`), advisories (`advisories`) and whom they are for (`audience`).

What may enter: the cards and permissions of the core. What never does: the rooms of reporters and of the desk, and a
case's content: an admin reads a case at the desk like everybody else.
"""
