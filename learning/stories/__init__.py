"""Makes tests out of conversations that went wrong; it never loads a model: who answers is passed in."""
