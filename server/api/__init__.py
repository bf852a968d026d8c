"""HTTP for devices and programs: parse, call one service, answer."""
