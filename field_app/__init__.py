"""The field app: encrypted stores, the outbox, the sync client, and the screens of the round."""
