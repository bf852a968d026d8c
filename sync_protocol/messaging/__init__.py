"""What device and head office must agree on about text messages: parts, placeholders, phone numbers, states, hours. Pure."""
