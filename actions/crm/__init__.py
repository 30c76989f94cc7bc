"""The CRM: profiles, tickets, audit trail, hand-overs. It never talks to customers, knows no Rasa."""
