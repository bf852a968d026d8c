"""Reading is controlled: who read which file, masked hits for who stands outside, lookups that are asked for, granted and end."""
