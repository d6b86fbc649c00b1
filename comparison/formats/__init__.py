"""The formats of a document and of data, one renderer each."""
