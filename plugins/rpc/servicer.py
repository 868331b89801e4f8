"""Translates the messages of pulumirpc.ResourceProvider into calls of a ``Provider`` and back.

It is the only place that knows both protobuf and ``Resource``; behaviour of resources does not belong here.
Source: pulumi/pulumi proto/pulumi/provider.proto and pkg/resource/plugin/provider_plugin.go.
"""

from __future__ import annotations

import functools
import traceback
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf import any_pb2, empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from plugins.rpc.component import Component
from plugins.rpc.diff import top_key
from plugins.rpc.errors import InitializationFailed, ResourceFailed
from plugins.rpc.monitor import Monitor
from plugins.rpc.redaction import redact
from plugins.rpc.resource import CheckResult, Context, Created, DiffResult
from plugins.rpc.values import UNKNOWN, contains_unknown, decode, encode

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from plugins.rpc.engine import Engine
    from plugins.rpc.provider import Provider
    from plugins.rpc.resource import Properties, Resource


def _reporting(handler: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Turn exceptions into the gRPC statuses that the engine understands."""

    @functools.wraps(handler)
    async def wrapped(self: Servicer, request: Any, grpc_context: grpc.aio.ServicerContext[Any, Any]) -> Any:
        try:
            return await handler(self, request, grpc_context)
        except InitializationFailed as failed:
            await _abort_partially(grpc_context, failed, request)
        except (ResourceFailed, ValueError) as failed:
            await grpc_context.abort(grpc.StatusCode.UNKNOWN, redact(str(failed), request))
        except grpc.aio.AbortError:
            raise
        except Exception as defect:  # noqa: BLE001 - a defect of the plugin must reach the user as text, not as a hang
            where = traceback.extract_tb(defect.__traceback__)[-1]
            text = f"{type(defect).__name__}: {defect} (at {where.name}, line {where.lineno}: a defect of this plugin)"
            await grpc_context.abort(grpc.StatusCode.UNKNOWN, redact(text, request))

    return wrapped


async def _abort_partially(
    grpc_context: grpc.aio.ServicerContext[Any, Any], failed: InitializationFailed, request: Any
) -> None:
    """Abort with a google.rpc.Status that carries the object's state, as Go's status.WithDetails does."""
    detail = provider_pb2.ErrorResourceInitFailed(
        id=failed.id,
        properties=encode(failed.outputs),
        inputs=encode(failed.inputs),
        reasons=[redact(reason, request) for reason in failed.reasons],
    )
    packed, text = any_pb2.Any(), "resource failed to initialize"
    packed.Pack(detail)
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=text, details=[packed])
    grpc_context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    await grpc_context.abort(grpc.StatusCode.UNKNOWN, text)


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """One provider on the wire."""

    def __init__(self, provider: Provider, engine: Engine) -> None:
        self._provider = provider
        self._engine = engine

    # -- the life of the plugin -------------------------------------------------------------------------------

    @_reporting
    async def Handshake(self, _request: Any, _context: Any) -> Any:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True, accept_resources=False, accept_outputs=False)

    @_reporting
    async def GetPluginInfo(self, _request: Any, _context: Any) -> Any:
        return plugin_pb2.PluginInfo(version=self._provider.version)

    @_reporting
    async def GetSchema(self, _request: Any, _context: Any) -> Any:
        return provider_pb2.GetSchemaResponse(
            schema=f'{{"name": "{self._provider.name}", "version": "{self._provider.version}"}}'
        )

    @_reporting
    async def Cancel(self, _request: Any, _context: Any) -> Any:
        await self._provider.cancel()
        return empty_pb2.Empty()

    @_reporting
    async def CheckConfig(self, request: Any, _context: Any) -> Any:
        name = request.urn.rpartition("::")[2]
        result = await self._provider.check_named_config(name, decode(request.olds), decode(request.news))
        return _check_response(result, request)

    @_reporting
    async def DiffConfig(self, request: Any, _context: Any) -> Any:
        old_inputs = request.old_inputs if request.HasField("old_inputs") else request.olds
        return _diff_response(await self._provider.diff_config(decode(old_inputs), decode(request.news)))

    @_reporting
    async def Configure(self, request: Any, _context: Any) -> Any:
        await self._provider.configure(decode(request.args))
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True,
            supportsPreview=True,
            acceptResources=False,
            acceptOutputs=False,
            supports_autonaming_configuration=self._provider.autonaming,
        )

    @_reporting
    async def Invoke(self, request: Any, _context: Any) -> Any:
        args = decode(request.args)
        if contains_unknown(args):
            return _invoke_response({})
        try:
            answer = await self._provider.invoke(self._context_of(request), request.tok, args)
        except KeyError as error:
            raise ResourceFailed(f"The {self._provider.name} plugin has no function {error}.") from None
        return _invoke_response(answer)

    @_reporting
    async def Construct(self, request: Any, _context: Any) -> Any:
        async with Monitor(request.monitorEndpoint) as monitor:
            component = Component(
                urn=await monitor.register_component(request),
                type=request.type,
                name=request.name,
                inputs=decode(request.inputs),
                preview=request.dryRun,
                monitor=monitor,
                engine=self._engine,
            )
            try:
                outputs = await self._provider.construct(component)
            except KeyError:
                raise self._no_such_type(request.type) from None
            await monitor.finish(component.urn)
        return provider_pb2.ConstructResponse(urn=component.urn, state=encode(outputs))

    # -- resources --------------------------------------------------------------------------------------------

    @_reporting
    async def Check(self, request: Any, _context: Any) -> Any:
        naming = request.autonaming
        ctx = self._context_of(
            request,
            random_seed=request.randomSeed,
            proposed_name=naming.proposed_name,
            autonaming_disabled=naming.mode == provider_pb2.CheckRequest.AutonamingOptions.DISABLE,
        )
        olds = decode(request.olds) if request.HasField("olds") else None
        return _check_response(await self._resource(request).check(ctx, olds, decode(request.news)), request)

    @_reporting
    async def Diff(self, request: Any, _context: Any) -> Any:
        ctx = self._context_of(request, ignore_changes=list(request.ignoreChanges))
        old_inputs, old_state = decode(request.old_inputs), decode(request.olds)
        result = await self._resource(request).diff(ctx, request.id, old_inputs, old_state, decode(request.news))
        return _diff_response(result)

    @_reporting
    async def Create(self, request: Any, _context: Any) -> Any:
        resource, inputs = self._resource(request), decode(request.properties)
        ctx = self._context_of(request, preview=request.preview, timeout_seconds=request.timeout or None)
        if request.preview and not self._provider.configured:
            created = Created("", inputs)
        else:
            created = await resource.create(ctx, inputs)
        return provider_pb2.CreateResponse(id=created.id, properties=encode(created.outputs))

    @_reporting
    async def Read(self, request: Any, _context: Any) -> Any:
        resource = self._resource(request)
        inputs, state = decode(request.inputs), decode(request.properties)
        result = await resource.read(self._context_of(request), request.id, inputs, state)
        if result is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(id=result.id, inputs=encode(result.inputs), properties=encode(result.outputs))

    @_reporting
    async def Update(self, request: Any, _context: Any) -> Any:
        resource, news = self._resource(request), decode(request.news)
        ctx = self._context_of(
            request,
            preview=request.preview,
            timeout_seconds=request.timeout or None,
            ignore_changes=list(request.ignoreChanges),
        )
        if request.preview and not self._provider.configured:
            outputs = dict.fromkeys(decode(request.olds), UNKNOWN) | news
        else:
            outputs = await resource.update(ctx, request.id, decode(request.old_inputs), decode(request.olds), news)
        return provider_pb2.UpdateResponse(properties=encode(outputs))

    @_reporting
    async def Delete(self, request: Any, _context: Any) -> Any:
        ctx = self._context_of(request, timeout_seconds=request.timeout or None)
        inputs, state = decode(request.old_inputs), decode(request.properties)
        await self._resource(request).delete(ctx, request.id, inputs, state)
        return empty_pb2.Empty()

    # -- helpers of this class --------------------------------------------------------------------------------

    def _resource(self, request: Any) -> Resource:
        token = request.type or _type_of(request.urn)
        try:
            return self._provider.resource(token)
        except KeyError:
            raise self._no_such_type(token) from None

    def _no_such_type(self, token: str) -> ResourceFailed:
        return ResourceFailed(
            f"The {self._provider.name} plugin {self._provider.version} has no resource type {token}.\n"
            f"See docs/plugins.md for what it covers."
        )

    def _context_of(self, request: Any, **more: Any) -> Context:
        urn = getattr(request, "urn", "")
        engine = self._engine
        return Context(
            urn=urn,
            type=getattr(request, "type", "") or _type_of(urn),
            name=getattr(request, "name", "") or urn.rpartition("::")[2],
            status=lambda text: engine.log("info", redact(text, request), urn=urn, ephemeral=True),
            log=lambda severity, text: engine.log(severity, redact(text, request), urn=urn),
            **{"preview": getattr(request, "preview", False), **more},
        )


def _type_of(urn: str) -> str:
    """Return the type token of ``urn:pulumi:stack::project::parent$type::name``."""
    parts = urn.split("::")
    return parts[2].rpartition("$")[2] if len(parts) > 2 else ""  # noqa: PLR2004 - the URN's own shape


def _check_response(result: CheckResult, request: Any) -> Any:
    failures = [
        provider_pb2.CheckFailure(property=f.property, reason=redact(f.reason, request)) for f in result.failures
    ]
    return provider_pb2.CheckResponse(inputs=encode(result.inputs), failures=failures)


def _invoke_response(answer: Properties) -> Any:
    response = provider_pb2.InvokeResponse()
    getattr(response, "return").CopyFrom(encode(answer))  # a keyword of Python, a field of the protocol
    return response


def _diff_response(result: DiffResult) -> Any:
    some, none = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
    return provider_pb2.DiffResponse(
        changes=some if result.changes else none,
        replaces=list(result.replaces),
        stables=list(result.stables),
        deleteBeforeReplace=result.delete_before_replace,
        diffs=sorted({top_key(path) for path in result.detailed}),
        detailedDiff={
            path: provider_pb2.PropertyDiff(
                kind=provider_pb2.PropertyDiff.Kind.Value(change.kind.name), inputDiff=change.input_diff
            )
            for path, change in result.detailed.items()
        },
        hasDetailedDiff=bool(result.detailed),
    )
