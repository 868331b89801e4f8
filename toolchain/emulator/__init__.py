"""An AWS on this machine: ministack answers the API, and what it only writes down becomes real.

`life` starts and stops it; `cloud` is what runs inside ministack's own process, with ministack's own packages.
"""
