"""What every chapter of the book imports.

``tables``    the shared tables, checked and typed
``measures``  the few calculations that more than one chapter needs
``figures``   one style for all figures, and the call that publishes one
``prose``     numbers, tables and claims in the text

Importing the package sets the style of the figures, so that a chapter needs no line for it.
"""

from founding_act import figures, measures, prose, tables

__all__ = ["figures", "measures", "prose", "tables"]

figures.set_style()
