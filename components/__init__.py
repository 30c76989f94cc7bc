"""What runs inside Rasa: NLU components, tracker store, mends; it never calls shop, CRM or console."""

from components.mends import apply_mends

apply_mends()
