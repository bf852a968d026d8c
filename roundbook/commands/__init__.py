"""The commands, a module each with the function `command`; `roundbook.cli` imports only the one that is called."""
