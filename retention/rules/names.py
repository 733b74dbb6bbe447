"""Facts by their names in sentences, in English and Polish."""

#: Facts by name, as they stand in a sentence: (English, Polish).
FACTS: dict[str, tuple[str, str]] = {
    "received": ("receipt of the paper", "wpływ dokumentu"),
    "created": ("making of the record", "wytworzenie dokumentu"),
    "filed": ("filing of the record", "zarejestrowanie dokumentu"),
    "document_date": ("the date on the paper", "data dokumentu"),
    "case_closed": ("closing of the case", "zamknięcie sprawy"),
    "fully_used": ("the day from which nobody needs it", "utrata przydatności"),
    "archive_category": ("the archival category", "kategoria archiwalna"),
    "entity_kind": ("the kind of body", "rodzaj podmiotu"),
    "legal_form": ("the legal form", "forma prawna"),
    "retention_end": ("the end of keeping", "koniec okresu przechowywania"),
    "suspension_end": ("the end of the suspension", "koniec zawieszenia"),
    "suspended": ("the days of suspension", "dni zawieszenia"),
    # taxes and books
    "fiscal_year_end": ("end of the fiscal year", "koniec roku obrotowego"),
    "tax_due": ("due date of the tax", "termin płatności podatku"),
    "tax_paid": ("payment of the tax", "zapłata podatku"),
    "depreciation_tax_due": (
        "due date of the tax for the last year of depreciation",
        "termin płatności podatku za ostatni rok amortyzacji",
    ),
    "return_filed": ("filing of the tax return", "złożenie zeznania"),
    "return_case": ("the kind of tax case", "rodzaj sprawy podatkowej"),
    "ksef_issued": ("issue of the invoice in KSeF", "wystawienie faktury w KSeF"),
    "statement_approved": ("approval of the financial statement", "zatwierdzenie sprawozdania finansowego"),
    "retail_settled": (
        "settlement with those responsible for the goods",
        "rozliczenie osób odpowiedzialnych za towary",
    ),
    "accounting_policy_ended": (
        "end of validity of the accounting policy",
        "koniec obowiązywania polityki rachunkowości",
    ),
    "payment_over_15000": (
        "whether the payment was above 15 000 zł",
        "czy płatność przekroczyła 15 000 zł",
    ),
    "claim_settled": ("settlement of the claim", "rozliczenie roszczenia"),
    "transaction": ("the transaction", "transakcja"),
    "disposal_limitation_end": (
        "end of limitation of the tax for the year of disposal",
        "przedawnienie podatku za rok zbycia",
    ),
    "broker_record": ("the kind of broker-dealer record", "rodzaj dokumentu domu maklerskiego"),
    # employees
    "employment_end": ("end of employment", "ustanie zatrudnienia"),
    "hired_on": ("start of employment", "data zatrudnienia"),
    "ria_filed": ("filing of the information report (ZUS RIA)", "złożenie raportu informacyjnego (ZUS RIA)"),
    "ria_reported": (
        "whether the information report (ZUS RIA) was filed",
        "czy złożono raport informacyjny (ZUS RIA)",
    ),
    "recorded_period_end": ("end of the period recorded", "koniec okresu, którego dotyczy zapis"),
    "submitted_on": ("submission", "data złożenia"),
    "recruitment_closed": ("end of the recruitment", "zakończenie rekrutacji"),
    "training_expired": ("expiry of the training", "wygaśnięcie szkolenia"),
    "accident_report": ("the accident report", "protokół powypadkowy"),
    "recorded_on": ("the recording", "nagranie"),
    "evidence_in_proceedings": (
        "whether it is evidence in proceedings",
        "czy jest dowodem w postępowaniu",
    ),
    "proceedings_closed": ("final end of the proceedings", "prawomocne zakończenie postępowania"),
    "penalty_date": ("the disciplinary penalty", "nałożenie kary porządkowej"),
    "penalty_repeated": (
        "whether there was another penalty within the year",
        "czy w ciągu roku nałożono kolejną karę",
    ),
    "sobriety_check": ("the sobriety check", "kontrola trzeźwości"),
    "follow_up_completed": ("end of the follow-up", "zakończenie działań następczych"),
    "personnel_action": ("the record or the personnel action", "dokument lub czynność kadrowa"),
    "charge_filed": ("filing of the charge", "wniesienie skargi"),
    "charge_disposed": ("final disposition of the charge", "ostateczne rozstrzygnięcie skargi"),
    "log_year_end": ("end of the year of the log", "koniec roku rejestru"),
    # orders and transport
    "contract_end": ("end of the contract", "koniec umowy"),
    "delivered_on": ("delivery", "dostawa"),
    "complaint_settled": ("settlement of the complaint", "rozpatrzenie reklamacji"),
    "warranty_expired": ("expiry of the warranty", "upływ rękojmi lub gwarancji"),
    "release": ("release of the goods", "zwolnienie towaru"),
    "tender_of_delivery": ("tender of delivery", "zaoferowanie dostawy"),
    # laboratory
    "last_entry": ("last entry in the medical record", "ostatni wpis w dokumentacji medycznej"),
    "birth_date": ("birth of the patient", "urodzenie pacjenta"),
    "death_by_injury": ("death by injury or poisoning", "zgon wskutek uszkodzenia ciała lub zatrucia"),
    "blood_traced": ("the need to trace blood", "potrzeba śledzenia losów krwi"),
    "image_taken": ("taking of the image", "wykonanie zdjęcia"),
    "referral_issued": ("issue of the referral", "wystawienie skierowania"),
    "service_performed": ("performance of the service", "wykonanie świadczenia"),
    "service_missed": ("whether the patient did not come", "czy pacjent się nie zgłosił"),
    "reporting_date": ("reporting of the result", "wydanie wyniku"),
    "product_expired": ("expiry of the product", "upływ ważności produktu"),
    "report_kind": ("the kind of report", "rodzaj sprawozdania"),
    "procedure_discontinued": ("end of use of the procedure", "zaprzestanie stosowania procedury"),
    "last_in_effect": ("the last day in effect", "ostatni dzień obowiązywania"),
    "last_device_placed": (
        "placing of the last device on the market",
        "wprowadzenie ostatniego wyrobu do obrotu",
    ),
    "device_implantable": ("whether the device is implantable", "czy wyrób jest implantem"),
    # devices and systems
    "device_withdrawn": ("withdrawal of the device", "wycofanie urządzenia"),
    "asset_retired": ("retirement of the asset", "wycofanie środka"),
    "asset_disposed": ("disposal of the asset", "zbycie środka"),
    "policy_withdrawn": ("withdrawal of the policy", "wycofanie regulaminu"),
    "log_entry": ("the log entry", "wpis w dzienniku"),
    "ticket_closed": ("closing of the ticket", "zamknięcie zgłoszenia"),
    # personal data
    "purpose_ended": ("end of the purpose", "ustanie celu"),
    "erasure_requested": ("the request for erasure", "żądanie usunięcia"),
    "us_state": ("the state of the United States", "stan USA"),
    "member_state": ("the member state", "państwo członkowskie"),
    "employer_kind": ("the kind of employer", "rodzaj pracodawcy"),
    "rule": ("a rule that applies", "obowiązująca reguła"),
}
#: Facts that a person records in a field of the record, and the field's label: (English, Polish).
RECORDED_IN = {
    "document_date": ("Date", "Data"),
    "hired_on": ("Date of employment", "Data zatrudnienia"),
    "employment_end": ("End of employment", "Data ustania zatrudnienia"),
    "birth_date": ("Date of birth", "Data urodzenia"),
}


def fact_name(name: str, language: str) -> str:
    """A fact's name in a sentence; unknown ones as they are."""
    pair = FACTS.get(name)
    return (pair[1] if language == "pl" else pair[0]) if pair else name.replace("_", " ")
