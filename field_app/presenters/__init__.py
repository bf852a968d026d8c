"""What each screen shows and what a tap means, without a window: every presenter can be driven by a test."""
