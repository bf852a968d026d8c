"""What the screens are made of, in the one look of the theme."""
