"""The command line: thin doors to the layers below."""
