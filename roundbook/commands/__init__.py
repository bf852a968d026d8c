"""The commands, a module each; `roundbook.cli` lists them and imports only the one that is called."""
