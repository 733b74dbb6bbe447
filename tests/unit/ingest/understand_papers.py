"""Short papers written for the tests of understanding: (expected domain, expected type, text)."""

PAPERS: dict[str, tuple[str, str, str]] = {
    "faktura": (
        "accounting",
        "invoice",
        """Faktura VAT nr FV/2026/0412
Data wystawienia: 12 marca 2026   Miejsce: Łódź
Sprzedawca: Tkalnia Polesie Sp. z o.o.      Nabywca: Zakład Meblowy Dąb S.A.
NIP: 725-18-01-126                          NIP: 526-10-40-828
Lp. Nazwa   Ilość  Cena netto  Wartość netto
1   Tkanina obiciowa   12 mb   85,00   1 020,00
Razem   1 020,00   234,60   1 254,60
Do zapłaty: 1 254,60 zł
Termin płatności: 26.03.2026   Forma płatności: przelew
Konto: PL61 1090 1014 0000 0712 1981 2874""",
    ),
    "korekta": (
        "accounting",
        "invoice_correction",
        """FAKTURA KORYGUJĄCA nr KOR/7/2026
Do faktury nr FV/2026/0398 z dnia 2026-02-11
Sprzedawca: Hurtownia Rolna Zagon Sp. j.
Nabywca: Jan Nowicki
Przyczyna korekty: zwrot towaru
Wartość przed korektą 500,00   po korekcie 300,00
Do zwrotu: 246,00 zł""",
    ),
    "paragon": (
        "accounting",
        "receipt",
        """SKLEP SPOŻYWCZY JAGODA
ul. Leśna 4, 15-001 Białystok
NIP 5421234563
2026-04-02 17:45
PARAGON FISKALNY
CHLEB ŻYTNI 1 x5,40 5,40 B
MASŁO 2 x7,99 15,98 B
SUMA PTU 1,02
SUMA PLN 21,38
GOTÓWKA 50,00
RESZTA 28,62""",
    ),
    "wyciag": (
        "accounting",
        "bank_statement",
        """WYCIĄG BANKOWY nr 3/2026
Posiadacz rachunku: Stolarnia Klon
Saldo początkowe: 10 000,00 PLN
Data operacji  Opis  Kwota  Saldo po operacji
01.03.2026 przelew przychodzący 500,00 10 500,00
Saldo końcowe: 10 500,00 PLN""",
    ),
    "wezwanie": (
        "accounting",
        "payment_reminder",
        """Wrocław, 5 maja 2026
PRZEDSĄDOWE WEZWANIE DO ZAPŁATY
Wzywamy do zapłaty kwoty 3 480,00 zł wraz z odsetkami za opóźnienie w terminie 7 dni.
Zaległość wynika z faktury FV/11/2026. Po tym terminie wstąpimy na drogę sądową.""",
    ),
    "delegacja": (
        "accounting",
        "expense_report",
        """POLECENIE WYJAZDU SŁUŻBOWEGO nr 14/2026
Cel podróży: montaż maszyny w Gdyni
Środek lokomocji: samochód służbowy
Diety 90,00   Noclegi 320,00   Koszty przejazdów 0,00
Rozliczenie kosztów razem 410,00""",
    ),
    "pit": (
        "accounting",
        "tax_form",
        """PIT-11  Informacja o przychodach z innych źródeł oraz o dochodach i pobranych zaliczkach
Podatek dochodowy od osób fizycznych. Rok 2025
Urząd Skarbowy Poznań-Jeżyce. Podatnik: Anna Wilk
Numer identyfikacji podatkowej""",
    ),
    "umowa o prace": (
        "hr",
        "employment_contract",
        """UMOWA O PRACĘ
zawarta w dniu 2 stycznia 2026 r. między pracodawcą: Piekarnia Rogalik Sp. z o.o.
a pracownikiem: Marta Zięba
Rodzaj umówionej pracy: piekarz. Miejsce wykonywania pracy: Lublin
Wymiar czasu pracy: pełny etat. Wynagrodzenie zasadnicze: 5 200,00 zł brutto
Termin rozpoczęcia pracy: 7 stycznia 2026""",
    ),
    "zlecenie": (
        "hr",
        "contractor_agreement",
        """UMOWA ZLECENIE nr 8/2026
Zleceniodawca: Fundacja Mosty   Zleceniobiorca: Paweł Kos
Zleceniobiorca zobowiązuje się wykonać tłumaczenie. Wynagrodzenie wynosi 1 200 zł.""",
    ),
    "swiadectwo": (
        "hr",
        "employment_certificate",
        """ŚWIADECTWO PRACY
Stwierdza się, że Tomasz Bury był zatrudniony w Odlewnia Żar S.A. w okresie od 01.02.2019 do 31.01.2026
Stosunek pracy ustał w wyniku porozumienia stron. Wykorzystał urlop wypoczynkowy w wymiarze 20 dni.""",
    ),
    "urlop": (
        "hr",
        "leave_request",
        """WNIOSEK URLOPOWY
Proszę o udzielenie urlopu wypoczynkowego w dniach od 06.07.2026 do 17.07.2026, liczba dni: 10
Podpis przełożonego: wyrażam zgodę""",
    ),
    "zyciorys": (
        "hr",
        "resume",
        """Karolina Wrona
karolina.wrona@poczta.example   +48 600 100 200
DOŚWIADCZENIE ZAWODOWE
2019 - obecnie  specjalistka ds. zakupów
WYKSZTAŁCENIE
Politechnika Śląska, inżynier
UMIEJĘTNOŚCI
język angielski, Excel
Wyrażam zgodę na przetwarzanie moich danych osobowych""",
    ),
    "orzeczenie": (
        "hr",
        "medical_certificate",
        """ORZECZENIE LEKARSKIE nr 210/2026
Badanie okresowe. Wobec braku przeciwwskazań zdrowotnych jest zdolny do wykonywania pracy
na stanowisku: magazynier. Data następnego badania: 11.05.2028""",
    ),
    "pasek": (
        "hr",
        "payslip",
        """PASEK WYNAGRODZENIA  marzec 2026
Pracownik: Ewa Sroka
Wynagrodzenie zasadnicze 6 000,00
Składka emerytalna 585,60  Składka rentowa 90,00  Składka zdrowotna 466,00
Zaliczka na podatek 300,00
Do wypłaty 4 411,40""",
    ),
    "wypowiedzenie": (
        "hr",
        "resignation_letter",
        """Gdańsk, 30 czerwca 2026
WYPOWIEDZENIE UMOWY O PRACĘ
Wypowiadam umowę o pracę zawartą dnia 1 marca 2020 z zachowaniem okresu wypowiedzenia.""",
    ),
    "zamowienie": (
        "order",
        "purchase_order",
        """ZAMÓWIENIE nr ZAM/55/2026
Zamawiający: Browar Stary Młyn   Dostawca: Huta Szkła Brzask
Prosimy o dostawę: butelka 0,5 l   20 000 szt.   0,62   12 400,00
Termin dostawy: 15.06.2026   Warunki płatności: 30 dni""",
    ),
    "oferta": (
        "order",
        "quotation",
        """OFERTA HANDLOWA nr 19/2026
W odpowiedzi na zapytanie przedstawiamy ofertę na regały magazynowe.
Cena netto 8 900,00 zł   Oferta ważna do 31.08.2026""",
    ),
    "wz": (
        "order",
        "despatch_advice",
        """WZ - WYDANIE ZEWNĘTRZNE nr WZ/221/03/2026
Magazyn: Centralny   Odbiorca: Sklep Kotwica
Lp Nazwa Ilość wydana Jm
1 Lina 12 mm 300 mb
Wydał: ............ Odebrał: ............""",
    ),
    "pz": (
        "order",
        "receipt_advice",
        """PZ PRZYJĘCIE ZEWNĘTRZNE nr 14/2026
Dostawca: Zakład Chemiczny Sól   Ilość przyjęta 40 worków
Przyjął: magazynier""",
    ),
    "cmr": (
        "order",
        "waybill",
        """CMR MIĘDZYNARODOWY SAMOCHODOWY LIST PRZEWOZOWY
1 Nadawca: Zagroda Export   2 Odbiorca: Hofladen Berg GmbH
16 Przewoźnik: Trans Wir Sp. z o.o.
Miejsce i data załadowania: Rzeszów 04.05.2026  Waga brutto kg 18 200""",
    ),
    "reklamacja": (
        "order",
        "complaint",
        """ZGŁOSZENIE REKLAMACYJNE nr 31
Reklamujący: Biuro Linia   Opis wady: pęknięta obudowa   Data stwierdzenia wady: 02.02.2026
Żądanie reklamującego: wymiana towaru""",
    ),
    "sprawozdanie": (
        "lab",
        "lab_report",
        """SPRAWOZDANIE Z BADAŃ nr 771/2026
Laboratorium Wód Bystra. Próbka: woda z ujęcia nr 3. Data pobrania: 03.03.2026
Parametr  Jednostka  Wynik  Metoda badawcza  Niepewność
Azotany mg/l 12,4 PN-EN ISO 10304 0,8
Autoryzował: kierownik laboratorium""",
    ),
    "zlecenie badan": (
        "lab",
        "lab_order",
        """ZLECENIE BADAŃ LABORATORYJNYCH
Zleceniodawca: Mleczarnia Łąka. Rodzaj materiału: mleko surowe. Liczba próbek: 6
Zakres badań: liczba komórek somatycznych, antybiotyki""",
    ),
    "wzorcowanie": (
        "lab",
        "calibration_certificate",
        """ŚWIADECTWO WZORCOWANIA nr 55/W/2026
Przedmiot wzorcowania: waga elektroniczna, nr seryjny WX-2210
Warunki środowiskowe: 21,0 C. Niepewność pomiaru 0,02 g. Spójność pomiarowa zachowana.""",
    ),
    "incydent": (
        "it",
        "incident_report",
        """RAPORT Z INCYDENTU INC-2041
Data zdarzenia: 14.05.2026   Priorytet: wysoki
Opis zdarzenia: brak dostępu do poczty. Przyczyna awarii: przepełniony dysk. Działania naprawcze:
rozszerzenie.""",
    ),
    "przekazanie": (
        "it",
        "asset_handover",
        """PROTOKÓŁ PRZEKAZANIA SPRZĘTU KOMPUTEROWEGO
Przekazujący: Dział IT   Przyjmujący: Olga Maj
Laptop  nr seryjny PF-88123  numer inwentarzowy IT/0412  Stan sprzętu: dobry""",
    ),
    "serwis": (
        "it",
        "service_report",
        """PROTOKÓŁ SERWISOWY nr 912
Urządzenie: drukarka etykiet. Opis usterki: nie podaje taśmy.
Wykonane czynności: wymiana rolki. Serwisant: P. Zając. Wymienione części: rolka""",
    ),
    "powierzenie": (
        "it",
        "it_contract",
        """UMOWA POWIERZENIA PRZETWARZANIA DANYCH OSOBOWYCH
zawarta między administratorem danych a podmiotem przetwarzającym.
Podmiot przetwarzający zgłasza naruszenie w ciągu 24 godzin.""",
    ),
    "hasla": (
        "it",
        "it_policy",
        """POLITYKA BEZPIECZEŃSTWA INFORMACJI
1. Hasło ma co najmniej 12 znaków. 2. Użytkownik blokuje ekran. 3. Kopie zapasowe wykonuje
administrator systemu.
4. Uprawnienia w systemie informatycznym nadaje kierownik.""",
    ),
    "dziennik": (
        "it",
        "system_log",
        """2026-05-01 10:00:01 web01 sshd[311]: Failed password for root from 10.0.0.5 port 5122
2026-05-01 10:00:03 web01 sshd[311]: Failed password for root from 10.0.0.5 port 5122
2026-05-01 10:00:09 web01 sshd[311]: Connection closed by 10.0.0.5""",
    ),
    "order en": (
        "order",
        "purchase_order",
        """Harbour Boats Ltd      PURCHASE ORDER
P.O. Number: 77120   Date: 14 May 2026
Vendor: Rope & Sail Co.   Ship to: Dock 4, Bristol
Item  Qty  Unit price  Total
Rope 20 mm   200   3.10   620.00
Total 620.00 GBP   Authorized by: M. Finch""",
    ),
    "packing en": (
        "order",
        "packing_list",
        """PACKING LIST
Shipper: Olive Press SA   Consignee: Deli North Ltd
Cartons 14   Net weight 210 kg   Gross weight 236 kg   Dimensions 60x40x40""",
    ),
    "resignation en": (
        "hr",
        "resignation_letter",
        """Dear Ms Holt,
I hereby resign from my position as fitter. My last working day will be 31 July 2026.
Yours sincerely, Adam Reed""",
    ),
    "rechnung": (
        "accounting",
        "invoice",
        """Gärtnerei Blattgrün GmbH   Feldweg 3   04109 Leipzig
RECHNUNG
Rechnungsnummer: 2026-118   Rechnungsdatum: 3. Februar 2026
Nettobetrag 400,00 EUR   MwSt. 19 % 76,00 EUR
Gesamtbetrag 476,00 EUR   Zahlbar bis 17.02.2026""",
    ),
}

#: Nobody's papers: they must never be filed as a business paper with confidence.
NOBODYS: dict[str, str] = {
    "book": """Rozdział IV
Wieczorem wrócił do młyna i długo patrzył na wodę. - Nie zapłaciłeś mi za mąkę - powiedziała stara.
Uśmiechnął się,
bo wiedział, że rachunek nigdy nie zostanie wystawiony. Za oknem śnieg kładł się na polach, a pies
spał przy piecu.
Pomyślał o bracie, który odszedł do miasta i nigdy nie napisał listu, choć obiecał, że wróci przed
żniwami.""",
    "book en": """CHAPTER TWO
The old captain said nothing for a while. He had kept the receipt in his coat for thirty years, and
she knew it.
"You were paid," she replied, "and the order was never yours to give." Outside, the rain walked over
the harbour and
the lamps went out one after another, until only the window of the inn was left to look at them both.""",
    "advert": """WIELKA WYPRZEDAŻ! Tylko teraz buty do -70%
Kup teraz, zapłać później. Darmowa dostawa od 99 zł. Odwiedź nas w galerii Słoneczna!
Promocja trwa do wyczerpania zapasów. Zapisz się na newsletter i odbierz rabat do 20 zł.""",
    "essay": """Invasive fungal infection in a transplant recipient: a case
The patient presented with fever and cough. Laboratory results showed raised inflammatory markers,
and a sample was
sent for culture. Treatment with intravenous antifungals was started and the symptoms resolved
within a week. In this
essay we discuss why early diagnosis matters and how clinical suspicion should guide therapy in such
patients.""",
    "newsletter": """THE GARDEN LETTER - spring issue
Dear readers, in this issue we look at early tomatoes, ask whether invoices from seed houses are
worth keeping, and
visit a nursery by the sea. Subscribe for next month: pruning, compost and a recipe for nettle soup.""",
    "poem": """Nad rzeką mgła, nad mgłą wierzby,
i nikt nie woła już z brzegu.
Zostało słowo, zostały świerki
i ślad na pierwszym śniegu.""",
    "article": """Faktura VAT - jak ją wystawić?
Każdy przedsiębiorca prędzej czy później staje przed pytaniem, co powinno znaleźć się na fakturze.
Wyjaśniamy, kto jest sprzedawcą, a kto nabywcą, i dlaczego termin płatności warto uzgodnić wcześniej.
Przepisy mówią, że numer faktury nadaje się kolejno, a data wystawienia nie może być dowolna. Pamiętaj,
że nie każda firma jest podatnikiem i że do wyboru są też inne dokumenty. Jeśli masz wątpliwości,
zapytaj księgową, która na co dzień zajmuje się takimi sprawami i wie, jak ich unikać.""",
    "menu": """RESTAURACJA POD DĘBEM  Menu
Żurek 18,00  Pierogi ruskie 26,00  Schabowy z kapustą 38,00  Kompot 8,00  Szarlotka 16,00""",
}
