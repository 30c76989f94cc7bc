"""How an answer sounds: styles, wording lists, layout, a checker. What it says is never changed here."""
