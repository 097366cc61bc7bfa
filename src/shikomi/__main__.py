"""`python -m shikomi`."""

from shikomi.cli import main

if __name__ == "__main__":
    main()
