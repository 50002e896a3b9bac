"""What can go wrong, said so that the owner of a file can mend it."""


class DetectorError(Exception):
    """Anything this package refuses; its text is one line for the person at the terminal."""


class RecordingError(DetectorError):
    """A recording cannot be read or is no night of raw acceleration."""


class CriteriaError(DetectorError):
    """Criteria, or an option that sets them, are not usable."""
