"""Makes NLU data, answers and tests of conversations; it never talks to a customer and knows no Rasa."""
