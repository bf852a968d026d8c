"""The sub-commands of `roundbook`, a module each."""
