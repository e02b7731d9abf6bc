"""``python -m nlpcore``: the command line."""

from nlpcore.cli import main

if __name__ == "__main__":
    main()
