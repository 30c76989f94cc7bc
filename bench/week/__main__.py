"""The process in the demonstration's folder: failures end as those of any command do."""

import sys

from bench.week.run import main
from rapport.cli import _fail

try:
    main()
except KeyboardInterrupt:
    sys.exit(130)
except Exception as error:
    _fail(error)
