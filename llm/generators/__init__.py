"""From a question and its passages to a draft answer. Generators neither search nor decide whether to answer."""
