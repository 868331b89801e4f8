"""What an update would do, as one page: changes by layer, what is at risk, host diffs, policy findings, foresight."""
