"""Answers written by hand, not by the voice: in each language one for each preset, with the same facts."""

LETTERS = {
    "en": {
        "concierge": (
            "Thank you for contacting us. I am pleased to be of assistance. Standard delivery costs "
            "£3.95, and orders over £60 are delivered free of charge, according to our help centre. "
            "Should you require further assistance, please do not hesitate to write to us."
        ),
        "trailmate": (
            "Hey, no worries, that's a quick one! 😀 Delivery's £3.95, and nothing at all over £60. "
            "Brilliant, right? So what are we grabbing for the next trip?"
        ),
        "plainspoken": "£3.95. Free over £60.\n\nParcel status needs the order number.",
        "companion": (
            "I'm so glad you asked before ordering, and I understand that you'd like to be sure about "
            "the cost. Let me explain it in peace.\n\nStandard delivery costs £3.95. From £60 on it "
            "costs nothing.\n\nIf something is still unclear, tell me and we'll look at it together. "
            "Which part shall I go into?"
        ),
    },
    "de": {
        "concierge": (
            "Haben Sie vielen Dank für Ihre Nachricht. Gern erteile ich Ihnen hierzu Auskunft. Der "
            "Standardversand kostet laut unserem Hilfebereich 3,95 £ und ist ab 60 £ kostenlos. Sollten "
            "Sie weitere Fragen haben, stehe ich Ihnen gern zur Verfügung."
        ),
        "trailmate": (
            "Hi, na klar, das haben wir doch gleich! 😀 Der Versand macht 3,95 £, ab 60 £ gar nichts. "
            "Super, oder? Und was packen wir als Nächstes in den Rucksack?"
        ),
        "plainspoken": "3,95 £. Ab 60 £ kostenlos.\n\nPaketstatus nur mit Bestellnummer.",
        "companion": (
            "Schön, dass Sie vor dem Bestellen fragen, ich kann gut verstehen, dass Sie sicher sein "
            "möchten. Ich erkläre es Ihnen in Ruhe.\n\nDer Standardversand kostet 3,95 £. Ab 60 £ "
            "kostet er nichts.\n\nWenn etwas unklar bleibt, sagen Sie es mir, und wir sehen es uns gern "
            "gemeinsam an. Worauf soll ich noch eingehen?"
        ),
    },
}
