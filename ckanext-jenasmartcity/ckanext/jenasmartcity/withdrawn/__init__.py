"""Withdrawn datasets: everybody may know that there were such data, only who looks after them gets them."""
