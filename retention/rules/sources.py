"""The law that a rule rests on, told in English.

File plans name Polish law in Polish, as a lawyer looks it up. For readers of
English the acts and the words of a citation are replaced by their English; what
is not known here stays as the plan has it.
"""

import re

_ENGLISH = {
    "ustawa z 10 stycznia 2018 r. (Dz.U. 2018 poz. 357)":
        "Polish Act of 10 January 2018 (Journal of Laws 2018, item 357)",
    "ustawa o krajowym systemie cyberbezpieczeństwa": "Polish Act on the National Cybersecurity System",
    "ustawa o narodowym zasobie archiwalnym i archiwach":
        "Polish Act on the National Archival Resources and Archives",
    "ustawa o prawach pacjenta i Rzeczniku Praw Pacjenta":
        "Polish Act on Patients' Rights and the Patients' Rights Ombudsman",
    "ustawa o rachunkowości": "Polish Accounting Act",
    "ustawa o systemie ubezpieczeń społecznych": "Polish Social Insurance System Act",
    "ustawa o VAT": "Polish VAT Act",
    "ustawa o CIT": "Polish Corporate Income Tax Act",
    "ustawa o PIT": "Polish Personal Income Tax Act",
    "ustawa o czasie pracy kierowców": "Polish Act on the Working Time of Drivers",
    "ustawa o emeryturach i rentach z FUS": "Polish Act on Pensions from the Social Insurance Fund",
    "ustawa o ochronie sygnalistów": "Polish Act on the Protection of Whistleblowers",
    "ustawa o odpadach": "Polish Waste Act",
    "ustawa o wyrobach medycznych": "Polish Medical Devices Act",
    "rozporządzenie z 20 października 2015 r. (Dz.U. 2015 poz. 1743)":
        "Polish regulation of 20 October 2015 (Journal of Laws 2015, item 1743)",
    "praktyka organów": "practice of the authorities",
    "Kodeks cywilny": "Polish Civil Code",
    "Kodeks pracy": "Polish Labour Code",
    "Krajowe Ramy Interoperacyjności": "Polish National Interoperability Framework",
    "Ordynacja podatkowa": "Polish Tax Ordinance",
    "Prawo przewozowe": "Polish Transport Law",
    "RODO": "GDPR",
    "polityka firmy": "company policy",
    "w granicach przepisów o składkach i przedawnieniu": "within the law on contributions and limitation",
    "standardy jakości laboratoriów nie podają okresu": "quality standards of laboratories name no period",
    "tak jak akta pracownicze": "as for the files of employees",
    "nie wynika z ustawy": "not required by law",
    "najdłuższy z terminów": "the longest of the periods",
    "w dawnym brzmieniu": "as it formerly read",
    "do potwierdzenia": "to be confirmed",
    "podmioty objęte": "entities that it covers",
    "podmioty publiczne": "public bodies",
    "w granicach": "within",
    "inni:": "others:",
    "i art.": "and art.",
    "i ust.": "and sec.",
    "ust.": "sec.",
    "pkt": "item",
    "lit.": "letter",
}  # fmt: skip
_KNOWN = re.compile("|".join(rf"(?<!\w){re.escape(p)}" for p in sorted(_ENGLISH, key=len, reverse=True)))


def basis(text: str, language: str) -> str:
    """What a rule rests on, as the plan has it (`pl`) or in English."""
    return text if language == "pl" else _KNOWN.sub(lambda match: _ENGLISH[match[0]], text)
