"""Doors through which customers reach the assistant: the chat page and REST.

This room turns HTTP requests into Rasa `UserMessage`s and what the assistant says back into JSON. It does not
understand messages, decide what to answer or know anything of the shop, and it imports no other room of ours.
"""
