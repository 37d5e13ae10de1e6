"""Configuration: one SETTINGS table -> one frozen `Settings`. The sole reader of the environment and of `.env`."""

from dashboard_crypto.config.loading import Loaded, load, load_from
from dashboard_crypto.config.secret_key import secret_key
from dashboard_crypto.config.settings import SETTINGS, Setting, Settings

__all__ = ["SETTINGS", "Loaded", "Setting", "Settings", "load", "load_from", "secret_key"]
