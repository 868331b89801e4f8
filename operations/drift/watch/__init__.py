"""The drift watch: the Kubernetes layer of a drift run, from inside the cluster, by a CronJob that may only list.

It deliberately has neither Pulumi's state nor its passphrase: `slipway up` leaves what it needs in a Secret, and what
is secret of that only as hashes. Secrets themselves it may not list.
"""

NAMESPACE = "slipway-drift"
NAME = "drift"
"""Of the CronJob, and the label of its pods."""
RECORDED_SECRET, WEBHOOK_SECRET = "recorded", "webhook"
WEBHOOK_URL, WEBHOOK_AT = "url", "at"
"""Keys of the second one: the webhook, and the IP address that its name had when `slipway up` ran."""
