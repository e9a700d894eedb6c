"""Training the Chinese word table; see `scripts/train_chinese_encoder.py`."""
