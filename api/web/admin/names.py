"""What roles, rights and domains are called on the pages of administrators."""

ROLES = {
    "staff": ("staff", "pracownik"),
    "clerk": ("clerk", "kancelista"),
    "officer": ("officer", "zarządca dokumentacji"),
    "schedule_author": ("author of schedules", "autor planów przechowywania"),
    "hold_officer": ("hold officer", "opiekun wstrzymań"),
    "disposer": ("disposer", "wykonawca brakowania"),
    "auditor": ("auditor", "audytor"),
    "administrator": ("administrator", "administrator"),
}
RIGHTS = {
    "add": ("bring papers in", "wnosi dokumenty"),
    "read": ("see what grants cover", "ogląda w granicach uprawnień"),
    "correct": ("correct", "poprawia"),
    "decide": ("decide: release, reject, retry", "rozstrzyga: dopuszcza, odrzuca, ponawia"),
    "hold": ("place and release holds", "zakłada i zwalnia wstrzymania"),
    "event": ("events, cases, longer keeping", "zdarzenia, sprawy, dłuższe przechowywanie"),
    "schedule": ("schedules and types", "plany i typy dokumentów"),
    "dispose": ("disposition", "brakowanie"),
    "audit": ("read the audit log", "czyta dziennik"),
    "users": ("people, grants, tokens", "osoby, uprawnienia, tokeny"),
    "system": ("jobs, health", "zadania, stan systemu"),
}


def name_of(names: dict[str, tuple[str, str]], code: str, language: str) -> str:
    """The name of a code in a language; the code itself if it has none."""
    pair = names.get(code, (code, code))
    return pair[1] if language == "pl" else pair[0]


def named(names: dict[str, tuple[str, str]], language: str) -> dict[str, str]:
    """All of them, by code."""
    return {code: name_of(names, code, language) for code in names}
