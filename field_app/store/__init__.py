"""What a device keeps, all of it encrypted: the outbox, one store per book, photos, and the keys to them."""
