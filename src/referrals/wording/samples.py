"""Values to look at texts with: usual ones for the preview, the longest ones for the linter."""

from __future__ import annotations

USUAL = {
    "label": "Lincoln Clinic",
    "worker": "Rosa",
    "name": "Ana",
    "code": "27",
    "codes": "27, 31",
    "like": "27 31",
    "people": "4",
    "zip": "20010",
    "phone": "202-555-0100",
    "line": "202-555-0199",
    "place": "St Mary's Kitchen",
    "address": "12 Elm St",
    "when": "Thu 10-12",
    "link": "https://handback.example/r/" + "Zk3" * 14 + "w",
}
_USUAL_WORDS = {
    "en": {
        "need": "FOOD",
        "needs": "FOOD",
        "soon": "this week",
        "speaks": "Spanish",
        "by": "Thu",
        "date": "May 3",
        "visit": "Tue May 9, 10:30 am",
        "until": "Mon May 8, 9 am",
        "papers": "Bring proof of address. No ID needed.",
        "answer": "full",
        "items": "27 FOOD 4 people, 31 BED 1 person",
    },
    "es": {
        "need": "COMIDA",
        "needs": "COMIDA",
        "soon": "esta semana",
        "speaks": "español",
        "by": "jueves",
        "date": "3 de mayo",
        "visit": "martes 9 de mayo, 10:30 am",
        "until": "lunes 8 de mayo, 9 am",
        "when": "jueves 10-12",
        "papers": "Lleve prueba de domicilio. No piden ID.",
        "answer": "lleno",
        "items": "27 COMIDA 4 personas, 31 CAMA 1 persona",
    },
}
LONGEST = {
    "label": "Lincoln Clinic",
    "worker": "Maximiliano",
    "name": "Wilhelmina",
    "place": "Community Kitchen and Food Pantry of St Mary's Parish (East Side), Inc.",
    "address": "12345 North Martin Luther King Junior Boulevard, Suite 210",
    "phone": "202-555-0100",
    "line": "202-555-0199",
    "code": "27",
    "codes": ", ".join(map(str, range(10, 100))),
    "items": "27 CHILDREN 12 people",
    "like": "27 31",
    "people": "12",
    "zip": "20010",
    "link": "https://handback.lincoln-clinic.example/r/" + "Zk3" * 14 + "w",
}
_LONGEST_WORDS = {
    "en": {
        "need": "CHILDREN",
        "needs": "CHILDREN, CLOTHES, DOCTOR, BILLS, RIDE",
        "soon": "this week",
        "speaks": "American Sign Language",
        "by": "Sep 30 10:30 am",
        "date": "Sep 30",
        "visit": "Wed Sep 30, 10:30 am",
        "when": "Mon-Fri 10:30-12:30",
        "until": "Wed Sep 30, 10:30 am",
        "papers": "Bring a photo ID. Bring proof of address. Proof of income is not needed at all.",
        "answer": "papers or info missing",
    },
    "es": {
        "need": "CONSULTA",
        "needs": "CONSULTA, COMIDA, PAGOS, CAMA, ROPA",
        "soon": "esta semana",
        "speaks": "lengua de señas americana",
        "by": "30 de septiembre",
        "date": "30 de septiembre",
        "visit": "miércoles 30 de septiembre, 10:30 am",
        "when": "30 de septiembre 10:30-12",
        "until": "30 de septiembre, 10:30 am",
        "papers": "Lleve su ID con foto. Lleve prueba de domicilio. No piden prueba de ingresos.",
        "answer": "faltan papeles o datos",
    },
}
# Worker and label at their limits together and alone (practice 2.4: 22 letters in all).
SENDERS = (
    ("Lincoln Clinic", "Rosa"),
    ("Lincoln Clinic", "Maximiliano"),
    ("CHC", "Maximiliano"),
    ("Lincoln Community Health Center", "Rosa"),
    ("Unitedneighborhoodclinics", ""),
)


def usual(language: str, **values: str) -> dict[str, str]:
    """Values as most texts carry them."""
    return {**USUAL, **_USUAL_WORDS.get(language, _USUAL_WORDS["en"]), **values}


def longest(language: str, **values: str) -> dict[str, str]:
    """The longest values that may come."""
    return {**LONGEST, **_LONGEST_WORDS.get(language, _LONGEST_WORDS["en"]), **values}
