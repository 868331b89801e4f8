"""The rules, one subject a module; `policies.catalogue` lists them."""
