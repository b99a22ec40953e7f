using System.Globalization;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Purser.Simulator.Anthropic;
using Purser.Simulator.Bedrock;
using Purser.Simulator.Gemini;
using Purser.Simulator.Ollama;
using Purser.Simulator.Record;
using Purser.Simulator.Requests;
using Purser.Simulator.Skills;
using Purser.Simulator.Sockets;
using Purser.Simulator.Stored;
using Purser.Simulator.Vertex;

namespace Purser.Simulator.Http;

/// <summary>Brings each request to its endpoint. It sits on Kestrel itself: a load target has no use for middleware.</summary>
internal sealed class SimulatorApplication : IHttpApplication<ConnectionState>
{
    private const int LongestForm = 64 * 1024;

    private readonly SimulatorState state;
    private readonly ChatEndpoint chat;
    private readonly Routes routes;
    private readonly StoredEndpoint stored;
    private readonly SocketEndpoint sockets;

    /// <summary>Serves with what a running simulator shares.</summary>
    public SimulatorApplication(SimulatorState state)
    {
        this.state = state;
        chat = new ChatEndpoint(state);
        routes = new Routes(state.Time, state.Options.AwsKey);
        stored = new StoredEndpoint(state, routes, new LineRunner(ProcessRequestAsync));
        sockets = new SocketEndpoint(state, chat, routes);
    }

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
            var wire = routes.Otherwise(context.Http.Request);
            ChatEndpoint.WriteError(context, wire, new RequestError(500, "simulator_error", exception.ToString()), "");
        }
    }

    private Task RouteAsync(ConnectionState connection)
    {
        var request = connection.Http.Request;
        if (routes.Find(request) is { } wire)
        {
            return chat.HandleAsync(connection, wire);
        }

        var path = request.Path.Value ?? "";
        return (request.Method, path) switch
        {
            ("POST", "/v1/messages/count_tokens") => AskAsync(connection, routes.Anthropic, AnthropicTokens),
            ("POST", _) when Routes.Google(request) is { Publisher: "anthropic", Model: "count-tokens", Method: "rawPredict" } route =>
                AskAsync(connection, new AnthropicOnVertexWire(route, state.Time), AnthropicTokens),
            ("POST", _) when Routes.Google(request) is { Method: "countTokens" } route => AskAsync(
                connection,
                new GeminiWire(route, state.Time),
                (body, to) => GeminiTokens(body, route, to)
            ),
            ("POST", "/token") => TokenAsync(connection),
            _ when SocketEndpoint.Handles(request) => sockets.HandleAsync(connection),
            _ when StoredEndpoint.Handles(request) => stored.HandleAsync(connection),
            ("HEAD" or "GET", "/api/hello") => Task.CompletedTask,
            ("GET", "/api/version") => Fixed(connection, OllamaModels.WriteVersion),
            ("GET", "/api/tags") => Fixed(connection, OllamaModels.WriteTags),
            ("POST", "/api/show") => AskAsync(connection, routes.Otherwise(request), (body, to) => OllamaModels.WriteOne(to, body.Bytes)),
            ("GET", "/v1/models" or "/v1beta/models" or "/openai/v1/models") => Models(connection, null),
            ("GET", _) when ModelOf(path) is { } model => Models(connection, model),
            ("GET", "/inference-profiles" or "/foundation-models") => BedrockLists(connection),
            ("GET", "/simulator/summary") => Summary(connection),
            ("GET", "/simulator/records") => RecordsAsync(connection),
            ("POST", "/simulator/drops") => DropAsync(connection),
            _ => Unknown(connection),
        };
    }

    private static string? ModelOf(string path) =>
        path.StartsWith("/v1/models/", StringComparison.Ordinal) && path.Length > 11 ? path[11..]
        : path.StartsWith("/v1beta/models/", StringComparison.Ordinal) && path.Length > 15 ? path[15..]
        : null;

    private Task Unknown(ConnectionState connection)
    {
        var request = connection.Http.Request;
        var wire = routes.Otherwise(request);
        return Refuse(connection, wire, wire.UnknownUrl(request.Method, request.Path.Value ?? ""));
    }

    private Task Refuse(ConnectionState connection, Wire wire, RequestError error)
    {
        var requestId = state.NewRequestId(wire);
        wire.SetHeaders(connection.Http.Response.Headers, requestId, state.Time.GetUtcNow());
        ChatEndpoint.WriteError(connection, wire, error, requestId);
        return Task.CompletedTask;
    }

    // What is asked here is neither recorded nor billed, such as the counting of tokens.
    private async Task AskAsync(ConnectionState connection, Wire wire, Func<RentedBody, OutputBuffer, RequestError?> answer)
    {
        var request = connection.Http.Request;
        if (wire.CheckHeaders(request) is { } refused)
        {
            await Refuse(connection, wire, refused);
            return;
        }

        using var body = await RentedBody.ReadAsync(request, wire.LongestBody) ?? default;
        connection.Output.Clear();
        if ((body.IsNone ? wire.TooLarge : answer(body, connection.Output)) is { } error)
        {
            await Refuse(connection, wire, error);
            return;
        }

        wire.SetHeaders(connection.Http.Response.Headers, state.NewRequestId(wire), state.Time.GetUtcNow());
        Send(connection, wire.ContentType);
    }

    private RequestError? AnthropicTokens(RentedBody body, OutputBuffer to)
    {
        var counted = AnthropicRequestReader.Read(new RequestBody(body.Bytes, state.Models, 0), countOnly: true, out var error);
        to.Add("{\"input_tokens\":"u8).Add(counted?.PromptTokens ?? 0).Add("}"u8);
        return error;
    }

    private RequestError? GeminiTokens(RentedBody body, GoogleRoute route, OutputBuffer to)
    {
        var counted = GeminiRequestReader.ReadCount(new RequestBody(body.Bytes, state.Models, 0), route, out var error);
        if (counted is not null)
        {
            GeminiModels.WriteCount(to, counted, route.IsVertex);
        }

        return error;
    }

    private async Task TokenAsync(ConnectionState connection)
    {
        using var body = await RentedBody.ReadAsync(connection.Http.Request, LongestForm) ?? default;
        var form = System.Text.Encoding.UTF8.GetString(body.IsNone ? default : body.Bytes);
        connection.Output.Clear();
        var seed = state.NextRefusal();
        connection.Http.Response.StatusCode = TokenEndpoint.Answer(
            connection.Output,
            form,
            state.Options.TokenLifetime,
            state.Time.GetUtcNow(),
            seed
        );
        Send(connection, "application/json; charset=utf-8");
    }

    private Task Models(ConnectionState connection, string? id)
    {
        var request = connection.Http.Request;
        var wire = routes.Otherwise(request);
        if (wire.CheckHeaders(request) is { } refused)
        {
            return Refuse(connection, wire, refused);
        }

        if (id?.StartsWith("no-such-", StringComparison.Ordinal) == true)
        {
            return Refuse(connection, wire, wire.NoSuchModel(id));
        }

        wire.SetHeaders(connection.Http.Response.Headers, state.NewRequestId(wire), state.Time.GetUtcNow());
        connection.Output.Clear();
        ModelsEndpoint.Write(connection.Output, wire.Api, id);
        Send(connection, wire.ContentType);
        return Task.CompletedTask;
    }

    private Task BedrockLists(ConnectionState connection)
    {
        var request = connection.Http.Request;
        var wire = (BedrockWire)routes.Otherwise(request);
        if ((wire.CheckHeaders(request) ?? wire.CheckSignature([])) is { } refused)
        {
            return Refuse(connection, wire, refused);
        }

        var region = AwsSignature.IsIn(request) ? AwsSignature.Parse(request, out _)!.Region : "us-east-1";
        wire.SetHeaders(connection.Http.Response.Headers, state.NewRequestId(wire), state.Time.GetUtcNow());
        connection.Output.Clear();
        if (request.Path.Value == "/foundation-models")
        {
            BedrockModels.WriteModels(connection.Output, region);
        }
        else
        {
            BedrockModels.WriteProfiles(connection.Output, region, request.Query["type"]);
        }

        Send(connection, wire.ContentType);
        return Task.CompletedTask;
    }

    private static Task Fixed(ConnectionState connection, Action<OutputBuffer> write)
    {
        connection.Output.Clear();
        write(connection.Output);
        Send(connection, "application/json; charset=utf-8");
        return Task.CompletedTask;
    }

    private Task Summary(ConnectionState connection)
    {
        connection.Output.Clear();
        state.Record.WriteSummary(connection.Output);
        Send(connection);
        return Task.CompletedTask;
    }

    private async Task DropAsync(ConnectionState connection)
    {
        using var body = await RentedBody.ReadAsync(connection.Http.Request, LongestForm) ?? default;
        SkillPlan? changed = null;
        var error = state.Skills is null ? "the simulator runs without --skills" : null;
        if (error is null && state.Skills!.TryDrop(body.IsNone ? default : body.Bytes, out changed, out error))
        {
            state.Skills = changed;
        }

        connection.Output.Clear();
        connection.Http.Response.StatusCode = error is null ? 200 : 400;
        if (error is not null)
        {
            connection.Output.Add("{\"error\":{\"message\":"u8).AddJson(error).Add("}}\n"u8);
        }
        else
        {
            connection.Output.Add("{\"drops\":"u8).Add(changed!.Drops.Count).Add("}\n"u8);
        }

        Send(connection);
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
            .Where("model", query["model"])
            .Where("batch", query["batch"]);
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

    private static void Send(ConnectionState connection, string contentType = "application/json")
    {
        connection.Http.Response.ContentType = contentType;
        connection.Http.Response.ContentLength = connection.Output.Length;
        new ResponseSink(connection.Http, isCutOff: false).Write(connection.Output.Written);
    }
}
