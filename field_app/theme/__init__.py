"""How the app looks: colour roles, sizes, the font, and what of KivyMD is used. Screens ask here and nowhere else."""
