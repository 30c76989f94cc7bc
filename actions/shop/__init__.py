"""The shop: orders, returns, addresses, products and stock. It does not talk to customers and knows nothing of Rasa."""
