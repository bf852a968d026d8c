"""The soak of text messages: `make soak-messages`."""
