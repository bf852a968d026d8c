"""The company's catalogues, kept in the reference book that every device reads: products, the knowledge base."""
