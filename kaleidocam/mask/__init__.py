"""Masks: which part of a picture is the subject, and what that means for the dream."""
