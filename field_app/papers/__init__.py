"""What leaves the app as a picture or a PDF. No Kivy here: a slip is laid out from plain values."""
