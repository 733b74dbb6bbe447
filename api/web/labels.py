"""Codes as words: states, domains, document types, fields, flags, channels."""

from collections.abc import Mapping
from typing import Any

from akta.records.doctypes.current import current
from akta.records.reasons import explain
from api.web.i18n import translate
from indexer.exports import words
from ingest.fields.names import FIELDS

STATES = {
    **words.STATES,
    "destroyed": ("Destroyed", "Zniszczone"),
    "in_progress": ("In progress", "W toku"),
}
ROLES = {
    "staff": ("Staff", "Pracownik"),
    "clerk": ("Clerk", "Referent"),
    "officer": ("Records officer", "Opiekun dokumentacji"),
    "schedule_author": ("Author of schedules", "Autor okresów przechowywania"),
    "hold_officer": ("Holds officer", "Opiekun wstrzymań"),
    "disposer": ("Disposer", "Zatwierdzający brakowanie"),
    "auditor": ("Auditor", "Audytor"),
    "administrator": ("Administrator", "Administrator"),
}
FLAGS = {
    "active_content": (
        "carries scripts or macros; they are never run",
        "zawiera skrypty lub makra; nie są uruchamiane",
    ),
    "encrypted_open": ("encrypted, but opens without a password", "zaszyfrowany, ale otwiera się bez hasła"),
    "external_references": (
        "refers to outside addresses; nothing is fetched",
        "odwołuje się do adresów zewnętrznych; nic nie jest pobierane",
    ),
    "trailing_data": ("has bytes after its end", "ma dane za końcem pliku"),
    "damaged": ("damaged; repaired or read in part", "uszkodzony; naprawiony lub odczytany częściowo"),
    "misnamed": ("its name does not fit its content", "nazwa nie pasuje do zawartości"),
    "partly_read": ("longer than the limit; read in part", "dłuższy niż limit; odczytany częściowo"),
    "charset_guessed": ("its text encoding was a guess", "kodowanie tekstu ustalono domyślnie"),
    "hidden_characters": (
        "has invisible or direction-changing characters",
        "ma znaki niewidoczne lub zmieniające kierunek",
    ),
    "attachments": ("carries files inside", "zawiera załączniki"),
}
CHANNELS = {
    "web": ("browser", "przeglądarka"),
    "api": ("program", "program"),
    "command": ("command line", "wiersz poleceń"),
    "split": ("cut out of a pile of scans", "wydzielony z pliku skanów"),
    "unpacked": ("found inside another paper", "wyjęty z innego dokumentu"),
}


CHECKS = {
    "net+vat=total": ("sum agrees", "suma się zgadza"),
    "net+vat!=total": ("the sum differs", "suma się nie zgadza"),
    "nip wrong": (
        "this is no NIP: check digit or length is wrong (foreign numbers begin with letters)",
        "to nie jest NIP: zła cyfra kontrolna lub długość (numery zagraniczne zaczynają się literami)",
    ),
    "pesel wrong": ("this is no PESEL: digits are wrong", "to nie jest PESEL: błędne cyfry"),
    "pesel!=birth date": (
        "the date of birth in the PESEL is another than the one on the paper",
        "data urodzenia w numerze PESEL różni się od podanej na dokumencie",
    ),
    "regon wrong": ("this is no REGON: digits are wrong", "to nie jest REGON: błędne cyfry"),
    "regon checksum": ("check digit of the REGON is right", "cyfra kontrolna REGON poprawna"),
    "iban wrong": (
        "check digits or length of the account are wrong",
        "błędne cyfry kontrolne lub długość rachunku",
    ),
    "nip checksum": ("check digit of the NIP is right", "cyfra kontrolna NIP poprawna"),
    "pesel checksum": ("check digit of the PESEL is right", "cyfra kontrolna PESEL poprawna"),
    "ksef checksum": ("checksum of the KSeF number is right", "suma kontrolna numeru KSeF poprawna"),
    "lines=sum": ("the lines add up", "pozycje się sumują"),
    "cash-change=total": ("cash less change", "gotówka minus reszta"),
    "rates=total": ("sum over the tax rates", "suma według stawek"),
    "iban checksum": ("check digits of the account are right", "cyfry kontrolne rachunku poprawne"),
}
MARKS = {
    "nip": ("tax number", "NIP"),
    "regon": ("REGON", "REGON"),
    "iban": ("account", "rachunek"),
    "reg": ("registration number", "numer rejestrowy"),
    "tax": ("tax number (unchecked)", "numer podatkowy (niesprawdzony)"),
    "place": ("address", "adres"),
    "phone": ("telephone", "telefon"),
    "email": ("e-mail", "e-mail"),
    "birth": ("date of birth", "data urodzenia"),
    "patient": ("patient number", "numer pacjenta"),
}
PARTY_KINDS = {"company": ("company", "firma"), "person": ("person", "osoba"), "unknown": ("", "")}
_READERS = {
    "tesseract": ("read by OCR (Tesseract {version})", "odczytano przez OCR (Tesseract {version})"),
    "pdf": ("read from the PDF's text", "odczytano z tekstu w PDF"),
    "pillow": ("looked at as a picture", "obejrzano jako obraz"),
    "archive": ("list of the files inside", "lista plików wewnątrz"),
}
_SECOND = (" and by the second reader ({second})", " oraz przez drugi czytnik ({second})")
_TONGUES = {
    "pol": ("Polish", "polski"),
    "eng": ("English", "angielski"),
    "deu": ("German", "niemiecki"),
    "fra": ("French", "francuski"),
    "ces": ("Czech", "czeski"),
    "slk": ("Slovak", "słowacki"),
    "ukr": ("Ukrainian", "ukraiński"),
    "rus": ("Russian", "rosyjski"),
    "lit": ("Lithuanian", "litewski"),
    "spa": ("Spanish", "hiszpański"),
    "ita": ("Italian", "włoski"),
}
#: As `ingest.manner.Manner` names them.
_MANNERS = {
    "ignore_text_layer": ("without the PDF's own text", "bez tekstu zapisanego w PDF"),
    "second_reader=always": ("every page by the second reader", "każda strona drugim czytnikiem"),
    "second_reader=never": ("without the second reader", "bez drugiego czytnika"),
    "one_column": ("as one column", "jako jedna kolumna"),
    "enlarge": ("enlarged", "w powiększeniu"),
}
_HOLD_STATES = {
    "placing": ("being placed", "zakładane"),
    "active": ("in force", "obowiązuje"),
    "releasing": ("being released", "zwalniane"),
    "released": ("released", "zwolnione"),
}
_HOLD_HOW = {
    "named": ("named", "wskazany"),
    "inside": ("found in one that is held", "znaleziony we wstrzymanym"),
    "case": ("of the case", "ze sprawy"),
    "party": ("names the party", "wymienia stronę"),
    "query": ("fits the query", "pasuje do zapytania"),
    "unread": ("could not be read", "nie dał się odczytać"),
}
_CASE_KINDS = {
    "employee": ("employee", "pracownik"),
    "order": ("order", "zamówienie"),
    "supplier_invoice": ("supplier's invoice", "faktura dostawcy"),
    "sample": ("sample", "próbka"),
    "asset": ("asset", "środek trwały lub sprzęt"),
    "matter": ("matter", "postępowanie"),
    "other": ("other", "inna sprawa"),
}
_FROM_FILE = ("read from the text in the file", "odczytano z tekstu w pliku")
_OUTCOMES = {
    "blank": ("blank page", "pusta strona"),
    "failed": ("could not be read", "nie udało się odczytać"),
}
ACTIONS = {
    "type.defined": ("type defined", "zdefiniowano rodzaj"),
    "type.disabled": ("type disabled", "wyłączono rodzaj"),
    "type.enabled": ("type given again", "przywrócono rodzaj"),
    "record.received": ("came in", "przyjęto"),
    "record.received_again": ("came in again", "przyjęto ponownie"),
    "record.filed": ("filed", "włączono do akt"),
    "record.review": ("laid out to be checked", "odłożono do sprawdzenia"),
    "record.quarantined": ("laid out for a decision", "odłożono do decyzji"),
    "record.rejected": ("rejected", "odrzucono"),
    "record.corrected": ("corrected", "poprawiono"),
    "record.confirmed": ("looked at and found right", "sprawdzono, bez błędów"),
    "record.correction_undone": ("correction taken back", "cofnięto poprawkę"),
    "record.unlearned": ("looked at again without a correction", "sprawdzono ponownie bez poprawki"),
    "record.looked_again": ("looked at again with a correction", "sprawdzono ponownie po poprawce"),
    "record.read_again": ("reading again asked for", "zlecono ponowny odczyt"),
    "record.stopped": ("reading stopped", "zatrzymano odczyt"),
    "record.resumed": ("reading taken up again", "wznowiono odczyt"),
    "record.duplicate_dismissed": ("told apart from another paper", "odróżniono od innego dokumentu"),
    "record.duplicate_confirmed": ("said to be the same as another", "uznano za ten sam co inny"),
    "record.duplicate_reopened": ("answer on duplicates taken back", "cofnięto decyzję o duplikacie"),
    "record.released": ("taken in unread", "przyjęto bez odczytu"),
    "record.split_asked": ("splitting asked for", "zlecono podział"),
    "record.split": ("split into papers", "podzielono na dokumenty"),
    "record.join_asked": ("putting together asked for", "zlecono złożenie z powrotem"),
    "record.merge_asked": ("appending asked for", "zlecono dołączenie stron"),
    "record.arrange_asked": ("moving pages asked for", "zlecono zmianę układu stron"),
    "record.version_added": ("new version", "nowa wersja"),
    "record.read": ("looked at", "obejrzano"),
    "record.downloaded": ("downloaded", "pobrano"),
    "field.shown": ("hidden values shown", "pokazano ukryte wartości"),
    "record.exported": ("carried away in an export", "wyniesiono w eksporcie"),
    "record.changed": ("changed with something else", "zmieniono wraz z czymś innym"),
    "record.destroyed": ("destroyed", "zniszczono"),
    "log.set_back": ("log was put back", "dziennik cofnięto"),
    "record.moved": ("filed in another case, or taken out of one", "zmieniono sprawę"),
    "record.reclassified": ("class changed", "zmieniono klasę"),
    "record.relabelled": ("confidentiality changed", "zmieniono poufność"),
    "record.restricted": ("use restricted", "ograniczono przetwarzanie"),
    "record.unrestricted": ("restriction of use ended", "zniesiono ograniczenie przetwarzania"),
    "record.redaction_requested": ("blacked-out copy asked for", "zlecono kopię z zaczernieniami"),
    "record.redacted": ("blacked-out copy made", "wykonano kopię z zaczernieniami"),
    "record.flagged_vital": ("marked as vital", "oznaczono jako kluczowy"),
    "record.unflagged_vital": ("no longer marked as vital", "zdjęto oznaczenie kluczowego"),
    "record.vital_reviewed": ("looked after as vital", "przejrzano jako kluczowy"),
    "record.printed": ("laid out for printing", "przygotowano do druku"),
    "record.shared": ("link for colleagues made", "udostępniono odnośnik współpracownikom"),
    "record.share_ended": ("link for colleagues ended", "wycofano odnośnik"),
    "record.share_opened": ("opened by a link", "otwarto przez odnośnik"),
    "keeping.computed": ("keeping computed", "ustalono okres przechowywania"),
    "retention.extended": ("keeping extended", "przedłużono przechowywanie"),
    "retention.extension_cancelled": ("extension taken back", "cofnięto przedłużenie"),
    "retention.shortening_approved": ("shorter keeping approved", "zatwierdzono krótszy okres"),
    "retention.shortening_refused": ("shorter keeping refused", "odrzucono krótszy okres"),
    "event.proposed": ("event proposed", "zaproponowano zdarzenie"),
    "event.recorded": ("event recorded", "odnotowano zdarzenie"),
    "event.imported": ("event read from a file", "wczytano zdarzenie z pliku"),
    "event.confirmed": ("proposed event confirmed", "potwierdzono zaproponowane zdarzenie"),
    "event.corrected": ("event corrected", "sprostowano zdarzenie"),
    "event.cancelled": ("event cancelled", "anulowano zdarzenie"),
    "event.dismissed": ("proposed event dismissed", "odrzucono zaproponowane zdarzenie"),
    "case.closed": ("case closed", "zamknięto sprawę"),
    "case.reopened": ("case opened again", "wznowiono sprawę"),
    "audit.verified": ("log verified", "sprawdzono dziennik"),
    "audit.exported": ("log taken away", "pobrano dziennik"),
    "user.signed_in": ("signed in", "zalogowano"),
    "user.sign_in_failed": ("sign-in failed", "nieudane logowanie"),
    "user.linked": ("linked to a provider", "powiązano z dostawcą tożsamości"),
    "user.unlinked": ("link to a provider taken away", "usunięto powiązanie z dostawcą tożsamości"),
    "user.sessions_ended": ("sessions ended", "zakończono sesje"),
    "user.second_factor_set_up": ("second factor set up", "ustawiono drugi składnik logowania"),
    "user.second_factor_removed": ("second factor removed", "wyłączono drugi składnik logowania"),
    "user.second_factor_taken_away": (
        "second factor taken away by an administrator",
        "administrator wyłączył drugi składnik logowania",
    ),
    "user.recovery_codes_made": ("new recovery codes", "wydano nowe kody zapasowe"),
    "user.recovery_code_used": ("signed in with a recovery code", "użyto kodu zapasowego"),
    "role.second_factor_required": ("second factor required", "zaczęto wymagać drugiego składnika"),
    "role.second_factor_optional": (
        "second factor no longer required",
        "przestano wymagać drugiego składnika",
    ),
    "user.created": ("account made", "założono konto"),
    "user.access_changed": ("roles or grants changed", "zmieniono role lub uprawnienia"),
    "user.password_changed": ("password changed", "zmieniono hasło"),
    "job.retried": ("job tried again", "ponowiono zadanie"),
    "job.cancelled": ("job left undone", "zaniechano zadania"),
    "token.created": ("token made", "utworzono token"),
    "token.revoked": ("token revoked", "unieważniono token"),
    "hold.placed": ("hold placed", "założono wstrzymanie"),
    "hold.released": ("hold released", "zwolniono wstrzymanie"),
    "hold.extended": ("hold extended", "rozszerzono wstrzymanie"),
    "hold.covered": ("records covered by a hold", "objęto dokumenty wstrzymaniem"),
    "hold.in_force": ("hold in force", "wstrzymanie obowiązuje"),
    "hold.searched": ("hold's search kept", "zachowano wyszukiwanie wstrzymania"),
    "hold.caught": ("caught by a hold", "nowe dokumenty objęte wstrzymaniem"),
    "hold.kept_unread": ("unread papers kept", "zachowano nieodczytane dokumenty"),
    "hold.records_released": ("records released from a hold", "zwolniono dokumenty ze wstrzymania"),
    "hold.release_begun": ("release of a hold begun", "rozpoczęto zwalnianie wstrzymania"),
    "hold.notice_sent": ("custodians told", "powiadomiono opiekunów"),
    "hold.reminded": ("custodians reminded", "przypomniano opiekunom"),
    "hold.acknowledged": ("notice acknowledged", "potwierdzono zapoznanie się"),
}
#: What a record's history is narrowed to, as `akta.operations.timeline` names it.
MOMENT_KINDS = {
    "arrival": ("Intake and reading", "Przyjęcie i odczyt"),
    "correction": ("Corrections", "Poprawki"),
    "pages": ("Pages and versions", "Strony i wersje"),
    "event": ("Events", "Zdarzenia"),
    "keeping": ("Keeping", "Przechowywanie"),
    "hold": ("Holds", "Wstrzymania"),
    "away": ("Taken away and shared", "Wyniesienia i udostępnienia"),
    "look": ("Looked at", "Wglądy"),
    "other": ("Other", "Pozostałe"),
}
#: Why keeping was computed, as `KeepingEntry.cause` begins.
_CAUSES = {
    "filed": ("on filing", "przy włączeniu do akt"),
    "reclassified": ("after a change of class", "po zmianie klasy"),
    "event": ("after an event", "po zdarzeniu"),
    "events": ("after a file of events", "po wczytaniu zdarzeń"),
    "case": ("after a change of its case", "po zmianie sprawy"),
    "extension": ("after an extension", "po przedłużeniu"),
    "schedule": ("under a new schedule", "według nowego wykazu"),
    "entity": ("after a change of its legal entity", "po zmianie danych podmiotu"),
    "approval": ("after an approval", "po zatwierdzeniu"),
    "day": ("because the day came", "bo nadszedł ten dzień"),
}
_RENDITIONS = {
    "preview": ("pictures of pages", "obrazy stron"),
    "thumbnail": ("small pictures of pages", "miniatury stron"),
    "searchable_pdf": ("searchable PDF", "PDF z tekstem"),
    "embedded_data": ("data (XML)", "dane (XML)"),
    "tables": ("tables", "tabele"),
    "redacted": ("blacked-out copies", "kopie z zaczernieniami"),
}
_KEEPINGS = {
    "until": ("until a day", "do dnia"),
    "permanent": ("for good", "bezterminowo"),
    "open": ("without an end so far", "na razie bez daty końca"),
    "none": ("no class yet", "jeszcze bez klasy"),
}
#: Polish letters come after their plain ones, not after z.
_COLLATION = str.maketrans(
    {"ą": "a~", "ć": "c~", "ę": "e~", "ł": "l~", "ń": "n~", "ó": "o~", "ś": "s~", "ź": "z~", "ż": "z~~"}
)


def sort_key(text: str) -> str:
    """What to sort labels by, so that Polish ones stand where people look for them."""
    return text.casefold().translate(_COLLATION)


def reason(code: str, params: dict[str, Any], language: str) -> str:
    """Why a record is where it is, with its fields by their names."""
    told = dict(params)
    for name in ("detail", "detected"):  # our own words; a note is a person's
        if isinstance(told.get(name), str):
            told[name] = translate(told[name], language)
    if isinstance(told.get("fields"), str):
        told["fields"] = ", ".join(field(name.strip(), language) for name in told["fields"].split(","))
    return explain(code, told, language)


def _pick(pair: tuple[str, str] | None, code: str, language: str) -> str:
    if pair is None:
        return code.replace("_", " ")
    return pair[1] if language == "pl" else pair[0]


def check(code: str, language: str) -> str:
    return _pick(CHECKS.get(code), code, language)


def mark(kind: str, language: str) -> str:
    return _pick(MARKS.get(kind), kind, language)


def party_kind(kind: str, language: str) -> str:
    return _pick(PARTY_KINDS.get(kind), kind, language)


def action(code: str, language: str) -> str:
    return _pick(ACTIONS.get(code), code.partition(".")[2], language)


def moment_kind(code: str, language: str) -> str:
    """A kind of what happens to a record."""
    return _pick(MOMENT_KINDS.get(code), code, language)


def rendition(kind: str, language: str) -> str:
    """A kind of what is made from a record."""
    return _pick(_RENDITIONS.get(kind), kind, language)


def cause(code: str, language: str) -> str:
    """Why keeping was computed."""
    return _pick(_CAUSES.get(code), code, language)


def keeping(outcome: str, language: str) -> str:
    """How long something is kept where no day is known."""
    return _pick(_KEEPINGS.get(outcome), outcome, language)


def reading(reader: str, outcome: str, language: str) -> str:
    """How a page was read: `tesseract 5.3.0` becomes `read by OCR (Tesseract 5.3)`."""
    if outcome in _OUTCOMES:
        return _pick(_OUTCOMES[outcome], outcome, language)
    name, _, version = reader.partition(" ")
    name, _, second = name.partition("+")
    told = _pick(_READERS.get(name, _FROM_FILE), name, language)
    if second:
        told += _pick(_SECOND, second, language)
    first, _, other = version.partition("+")
    return told.format(version=".".join(first.split(".")[:2]), second=other.partition(",")[0])


def tongue(code: str, language: str) -> str:
    """The name of a language of Tesseract's."""
    return _pick(_TONGUES.get(code), code, language)


def manner(chosen: Mapping[str, object], language: str) -> str:
    """What was asked for when a paper was read again: `enlarged, recognised without the PDF's text`."""
    told = [
        _pick(words, name, language)
        for name, words in _MANNERS.items()
        if chosen.get(name.partition("=")[0]) in (True, name.partition("=")[2])
    ]
    codes = chosen.get("languages")
    if isinstance(codes, list):
        told.append(", ".join(tongue(code, language) for code in codes))
    return ", ".join(told)


def hold_state(code: str, language: str) -> str:
    return _pick(_HOLD_STATES.get(code), code, language)


def hold_how(code: str, language: str) -> str:
    """How a record came under a hold."""
    return _pick(_HOLD_HOW.get(code), code, language)


def case_kind(code: str, language: str) -> str:
    """What kind of case it is."""
    return _pick(_CASE_KINDS.get(code), code, language)


def domain(code: str | None, language: str) -> str:
    return _pick(words.DOMAINS.get(code or "unfiled"), code or "", language)


def state(code: str, language: str) -> str:
    return _pick(STATES.get(code), code, language)


def role(code: str, language: str) -> str:
    return _pick(ROLES.get(code), code, language)


def flag(code: str, language: str) -> str:
    return _pick(FLAGS.get(code), code, language)


def channel(code: str, language: str) -> str:
    return _pick(CHANNELS.get(code), code, language)


def doc_type(code: str | None, language: str) -> str:
    known = current().get(code)
    return _pick((known.en, known.pl) if known else None, code or "", language)


def field(name: str, language: str) -> str:
    known = FIELDS.get(name)
    return _pick((known.en, known.pl) if known else None, name, language)
