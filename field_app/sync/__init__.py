"""How a device meets the server: one round trip at a time, signed both ways, resumed where it broke."""
