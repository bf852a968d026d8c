"""The screens: they draw what a presenter says and pass taps on. Only they, the theme and `app.py` know Kivy."""
