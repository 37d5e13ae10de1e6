"""The door of `cd backend && python app.py`: dashboard and API on http://localhost:5000."""

from dashboard_crypto.cli.main import main

if __name__ == "__main__":
    main(["serve"])
