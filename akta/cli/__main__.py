"""`python -m akta.cli`."""

import sys

from akta.cli.main import main

sys.exit(main())
