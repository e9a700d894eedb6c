"""`python -m simulators --port 8090 --gateway http://127.0.0.1:8000`: the platforms, played on loopback."""

import argparse

import uvicorn

from simulators.app import build_platforms


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--gateway", default="http://127.0.0.1:8000", help="where webhooks are delivered")
    options = parser.parse_args()
    platforms = build_platforms(options.gateway, f"http://127.0.0.1:{options.port}")
    uvicorn.run(platforms.app, host="127.0.0.1", port=options.port, log_level="warning")


if __name__ == "__main__":
    main()
