"""`python -m bot.rasa_parts.launch run|train|test ...`: Rasa's command line, quietly and without TensorFlow.

`FRONTDESK_RASA_PLAIN=1` starts Rasa as it comes, for comparison.
"""

import os
import sys
import warnings

_QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}
_EXPECTED = (
    "'.*' deprecated - use",  # pyparsing, through matplotlib
    "You have defined training data consisting of entity examples",  # ours come from patterns
)


def main() -> None:
    """Prepare the process, then hand over to Rasa."""
    if os.environ.get("FRONTDESK_RASA_PLAIN") != "1":
        _prepare()
    from rasa.__main__ import main as rasa_main

    token = os.environ.get("FRONTDESK_RASA_TOKEN")
    if token and "run" in sys.argv[1:2]:
        sys.argv += ["--auth-token", token]  # not on the command line, which every user of the machine can read
    sys.argv[0] = "rasa"
    rasa_main()


def _prepare() -> None:
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    from bot.rasa_parts.no_tensorflow import leave_out_tensorflow

    leave_out_tensorflow()
    import sanic  # noqa: F401 - it sets a warnings filter of its own, which ours must come after

    warnings.filterwarnings("ignore", category=DeprecationWarning)
    from rasa.utils.common import EXPECTED_WARNINGS  # filters that Rasa sets once its logging is configured

    EXPECTED_WARNINGS.extend((UserWarning, message) for message in _EXPECTED)
    if "run" in sys.argv[1:2]:
        from bot.rasa_parts.patches import apply_patches

        apply_patches()


if __name__ == "__main__":
    main()
