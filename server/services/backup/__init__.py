"""The backup that proves itself: weekly archives, sealed segments in between, key holders, and the way back."""
