"""What runs inside Rasa: NLU components, the tracker store, and mends to the engine; it never calls shop, CRM or console."""

from components.mends import apply_mends

apply_mends()
