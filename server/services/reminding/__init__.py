"""Reminders at head office: the common rules (sync_protocol/reminders) on what the database knows; greetings by rule."""
