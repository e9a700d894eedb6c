"""What Rasa loads of ours: intent classifier, language tagger, input channel, launcher. Runs under Python 3.10."""
