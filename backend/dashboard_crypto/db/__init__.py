"""Tables, migrations and the store. ORM rows never leave this package."""
