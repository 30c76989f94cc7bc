"""The shop: orders, returns, products and stock. It never talks to customers and knows nothing of Rasa."""
