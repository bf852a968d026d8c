"""What leaves the house on paper or in a file: asked for, approved by somebody else, numbered, watermarked, in a register."""
