"""Knowledge, retrieval and answers; it knows neither Rasa nor the shop, and it never talks to a customer."""
