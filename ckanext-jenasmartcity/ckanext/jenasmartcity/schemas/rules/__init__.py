"""What a dataset of this portal must fulfil: pure rules over plain values.

Nothing here imports CKAN, opens a socket or looks at the clock.  ``values`` checks one
value, ``geometry`` one GeoJSON, ``vocabulary`` a list of choices, ``dataset`` what
fields and resources owe to one another.  All say what is wrong and what to do about it,
in German and English (``words``).
"""
