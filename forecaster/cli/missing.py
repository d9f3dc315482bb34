"""Libraries that are missing, or not as they should be: told with what installs them."""

from __future__ import annotations

from forecaster.errors import SystemFault, quoted

_PACKAGES = {"yaml": "pyyaml"}  # where the name that is installed is not the one that is imported


def lacking(error: ImportError) -> SystemFault | None:
    """What a library lacks that could not be imported.

    Args:
        error: As the import raised it.

    Returns:
        That it is missing, or so old or broken that it has not what is imported from it; None where it is one of our
        own modules, or nobody knows which.
    """
    library = str(error.name or "").partition(".")[0]
    if library in {"", "forecaster"}:
        return None
    package = _PACKAGES.get(library, library)
    if isinstance(error, ModuleNotFoundError):
        return SystemFault(f"the library {quoted(library)} is missing", hint=f"pip install {package}")
    return SystemFault(
        f"the library {quoted(library)} cannot be used: {quoted(error)}", hint=f"pip install -U {package}"
    )
