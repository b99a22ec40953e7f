using System.Globalization;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Purser.Simulator.Anthropic;
using Purser.Simulator.OpenAI;
using Purser.Simulator.OpenAIResponses;
using Purser.Simulator.Record;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Http;

/// <summary>Brings each request to its endpoint. It sits on Kestrel itself: a load target has no use for middleware.</summary>
internal sealed class SimulatorApplication(SimulatorState state) : IHttpApplication<ConnectionState>
{
    private readonly ChatEndpoint chat = new(state);
    private readonly OpenAIWire openAI = new();
    private readonly ResponsesWire responses = new();
    private readonly AnthropicWire anthropic = new();

    /// <inheritdoc/>
    public ConnectionState CreateContext(IFeatureCollection contextFeatures)
    {
        var container = contextFeatures as IHostContextContainer<ConnectionState>;
        var connection = container?.HostContext ?? new ConnectionState();
        if (container is not null)
        {
            container.HostContext = connection;
        }

        connection.Http.Initialize(contextFeatures);
        return connection;
    }

    /// <inheritdoc/>
    public void DisposeContext(ConnectionState context, Exception? exception) => context.Http.Uninitialize();

    /// <inheritdoc/>
    public async Task ProcessRequestAsync(ConnectionState context)
    {
        try
        {
            await RouteAsync(context);
        }
        catch (Exception exception) when (exception is IOException or BadHttpRequestException or OperationCanceledException)
        {
            // The client left while its body was read or its answer written: nobody is there to tell.
        }
#pragma warning disable CA1031 // Whatever it is, the client gets an answer that names it, and the simulator goes on.
        catch (Exception exception) when (!context.Http.Response.HasStarted)
#pragma warning restore CA1031
        {
            var wire = WireOf(context.Http.Request);
            ChatEndpoint.WriteError(context, wire, new RequestError(500, "simulator_error", exception.ToString()), "");
        }
    }

    private Task RouteAsync(ConnectionState connection)
    {
        var request = connection.Http.Request;
        var path = request.Path.Value ?? "";
        return (request.Method, path) switch
        {
            ("POST", "/v1/chat/completions") => chat.HandleAsync(connection, openAI),
            ("POST", "/v1/responses") => chat.HandleAsync(connection, responses),
            ("POST", "/v1/messages") => chat.HandleAsync(connection, anthropic),
            ("POST", "/v1/messages/count_tokens") => CountTokensAsync(connection),
            ("HEAD" or "GET", "/api/hello") => Task.CompletedTask,
            ("GET", "/v1/models") => Models(connection, null),
            ("GET", _) when path.StartsWith("/v1/models/", StringComparison.Ordinal) && path.Length > 11 => Models(connection, path[11..]),
            ("GET", "/simulator/summary") => Summary(connection),
            ("GET", "/simulator/records") => RecordsAsync(connection),
            _ => Unknown(connection),
        };
    }

    private Wire WireOf(HttpRequest request) => request.Headers["anthropic-version"].Count > 0 ? anthropic : openAI;

    private Task Unknown(ConnectionState connection)
    {
        var request = connection.Http.Request;
        var wire = WireOf(request);
        return Refuse(
            connection,
            wire,
            wire.IsOpenAI ? OpenAIErrors.UnknownUrl(request.Method, request.Path.Value ?? "") : AnthropicErrors.UnknownUrl()
        );
    }

    private Task Refuse(ConnectionState connection, Wire wire, RequestError error)
    {
        var requestId = state.NewRequestId(wire);
        wire.SetHeaders(connection.Http.Response.Headers, requestId, state.Time.GetUtcNow());
        ChatEndpoint.WriteError(connection, wire, error, requestId);
        return Task.CompletedTask;
    }

    private async Task CountTokensAsync(ConnectionState connection)
    {
        var request = connection.Http.Request;
        if (anthropic.CheckHeaders(request.Headers) is { } refused)
        {
            await Refuse(connection, anthropic, refused);
            return;
        }

        using var body = await RentedBody.ReadAsync(request, anthropic.LongestBody) ?? default;
        if (body.IsNone)
        {
            await Refuse(connection, anthropic, AnthropicErrors.TooLarge);
            return;
        }

        var counted = AnthropicRequestReader.Read(new RequestBody(body.Bytes, state.Models, 0), countOnly: true, out var error);
        if (counted is null)
        {
            await Refuse(connection, anthropic, error!);
            return;
        }

        anthropic.SetHeaders(connection.Http.Response.Headers, state.NewRequestId(anthropic), state.Time.GetUtcNow());
        connection.Output.Clear();
        connection.Output.Add("{\"input_tokens\":"u8).Add(counted.PromptTokens).Add("}"u8);
        Send(connection);
    }

    private Task Models(ConnectionState connection, string? id)
    {
        var request = connection.Http.Request;
        var wire = WireOf(request);
        if (wire.CheckHeaders(request.Headers) is { } refused)
        {
            return Refuse(connection, wire, refused);
        }

        if (id?.StartsWith("no-such-", StringComparison.Ordinal) == true)
        {
            return Refuse(connection, wire, wire.IsOpenAI ? OpenAIErrors.NoSuchModel(id) : AnthropicErrors.NoSuchModel(id));
        }

        wire.SetHeaders(connection.Http.Response.Headers, state.NewRequestId(wire), state.Time.GetUtcNow());
        connection.Output.Clear();
        if (id is null)
        {
            ModelsEndpoint.WriteList(connection.Output, !wire.IsOpenAI);
        }
        else
        {
            ModelsEndpoint.WriteOne(connection.Output, id, !wire.IsOpenAI);
        }

        Send(connection);
        return Task.CompletedTask;
    }

    private Task Summary(ConnectionState connection)
    {
        connection.Output.Clear();
        state.Record.WriteSummary(connection.Output);
        Send(connection);
        return Task.CompletedTask;
    }

    private async Task RecordsAsync(ConnectionState connection)
    {
        var query = connection.Http.Request.Query;
        var since = 0L;
        if (query.TryGetValue("since", out var text) && !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out since))
        {
            connection.Http.Response.StatusCode = 400;
            connection.Output.Clear();
            connection.Output.Add("{\"error\":{\"message\":\"since must be a sequence number: the seq of the last line you have\"}}\n"u8);
            Send(connection);
            return;
        }

        var filter = new RecordFilter { Since = since }
            .Where("end_user", query["end_user"])
            .Where("client_request_id", query["client_request_id"])
            .Where("id", query["id"])
            .Where("phase", query["phase"])
            .Where("model", query["model"]);
        connection.Http.Response.ContentType = "application/x-ndjson";
        var sink = new ResponseSink(connection.Http, isCutOff: false);
        await foreach (var block in state.Record.ReadAsync(since))
        {
            connection.Output.Clear();
            filter.Copy(block.Span, connection.Output);
            sink.Write(connection.Output.Written);
            await sink.FlushAsync();
        }
    }

    private static void Send(ConnectionState connection)
    {
        connection.Http.Response.ContentType = "application/json";
        connection.Http.Response.ContentLength = connection.Output.Length;
        new ResponseSink(connection.Http, isCutOff: false).Write(connection.Output.Written);
    }
}
