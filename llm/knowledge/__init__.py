"""Documents to passages: loading, chunking, indexing and searching. It composes no answers."""
