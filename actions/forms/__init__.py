"""Forms: what is still to be asked, and what an answer means. They change nothing but proposals."""
