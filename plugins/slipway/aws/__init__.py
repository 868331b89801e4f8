'''Resources of AWS for the slipway plugin, on boto; the modules below hold no composition of them.

A resource is one module in ``resources``, with one class, named in ``types``. It says what is particular to it; check,
diff, preview, creation without doubling, refresh, import, tags, retries and deletion come from ``AwsResource``:

    class InternetGateway(Ec2Resource):              # AwsResource outside EC2, with made_before and retag of its own
        """The way from a VPC to the internet."""

        noun = "InternetGateway"
        listing = ("describe_internet_gateways", "InternetGateways", "InternetGatewayId")
        inputs: ClassVar = {**TAGGED, "vpcId": STRING.needed}  # .forces .decided .hidden .by_default(x) .judged_by(f)
        outputs = ("arn",)                           # unknown in a preview; stay as they are in an update

        async def make(self, api, wanted):
            """Only make it, with the mark of this creation: what ``adjust`` can set later need not be set here."""
            marks = tags.specification("internet-gateway", wanted["tags"], api.token)
            answer = await api.ec2("create_internet_gateway", TagSpecifications=marks)
            return answer["InternetGateway"]["InternetGatewayId"]

        async def describe(self, api, id):
            """Return inputs and outputs under their own names; None when it is gone."""
            found = await self.look(api, id)
            return found and {"vpcId": ..., "tags": tags.from_api(found.get("Tags")), "arn": ...}

        async def adjust(self, api, id, seen, wanted):
            """Change what differs: right after ``make``, in updates, after a foreign change. Safe to repeat."""

        async def remove(self, api, id, state):
            """That it is gone already is no error; codes in ``in_use`` are tried again until the limit."""
            await api.ec2("delete_internet_gateway", InternetGatewayId=id)

More, where a type needs it: ``ready`` and ``gone`` (wait with ``api.wait(what, probe)``), ``problems`` (inputs that do
not go together), ``normalized``, ``deletes_first``, ``blockers``, ``limit_seconds``, ``changing_outputs``. Raise
``NothingMade`` in ``ready`` when the thing failed and is gone.

Outside EC2 also ``made_before``: what a killed run made, found by ``api.token``, which its request carried as the tag
``tags.CREATION`` (``tags.to_api(wanted["tags"], api.token)``). It is not needed where ``make`` makes nothing twice for
one token: where that is in the name (``api.unique_name(name)``) or is the request's own (``api.client_token(...)``). A
``make`` of several requests takes back what it made when a later one is refused.

Requests go through ``api.call(service, method, **parameters)``, which translates errors into one message with the API
action and a next step. ``api.drop`` takes "not found" for done; ``api.listed`` and ``api.first`` take it for an empty
listing. A function for programs is a coroutine in ``functions``.
'''
