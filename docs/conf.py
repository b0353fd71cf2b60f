"""The documentation as pages: `make docs`. What Sphinx and MyST lack is in `site_parts`."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE)]

from overspec import __version__  # noqa: E402

project = "overspec"
author = "The overspec developers"
release = version = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "site_parts"]
exclude_patterns = ["figures"]
html_theme = "furo"
html_title = f"overspec {release}"
html_copy_source = False
html_show_copyright = False

myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 3  # links such as radius.md#certificates, as on GitHub
html_math_renderer = "mathml"  # the browser's own: the pages fetch nothing

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_default_options = {"members": True, "show-inheritance": True}
default_role = "code"  # docstrings quote as Markdown does
