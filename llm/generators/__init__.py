"""From a question and its passages to a draft. Generators neither search nor decide whether to answer."""
