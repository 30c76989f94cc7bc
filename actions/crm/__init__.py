"""The CRM: profiles, tickets, an audit trail and hand-overs. It does not talk to customers and knows nothing of Rasa."""
