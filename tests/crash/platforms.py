"""The simulated platforms as a process of their own, more patient in number of repeats and quicker between them."""

import sys

import uvicorn

from simulators.app import Pace, build_platforms

PACE = Pace(
    wechat_limit=5.0, wechat_repeats=(2.0,) * 15, telegram_repeats=(0.5,) * 60, slack_limit=3.0,
    slack_repeats=(0.0, *(1.0,) * 40), slack_rate=20.0,
)


def main() -> None:
    port, gateway = int(sys.argv[1]), sys.argv[2]
    platforms = build_platforms(gateway, f"http://127.0.0.1:{port}", PACE)
    uvicorn.run(platforms.app, host="127.0.0.1", port=port, log_level="error")


if __name__ == "__main__":
    main()
