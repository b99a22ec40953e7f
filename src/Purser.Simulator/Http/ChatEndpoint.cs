using System.IO.Hashing;
using Microsoft.AspNetCore.Connections.Features;
using Purser.Simulator.Answers;
using Purser.Simulator.Caching;
using Purser.Simulator.Faults;
using Purser.Simulator.Latency;
using Purser.Simulator.Record;
using Purser.Simulator.Requests;
using Purser.Simulator.Skills;

namespace Purser.Simulator.Http;

/// <summary>
/// Serves the endpoints that generate text. The steps of a request:
/// 1 check its headers, 2 read its body, 3 draw its seed, 4 choose its fault, 5 meter its prompt against the cache, 6 plan its answer,
/// 7 record that it was accepted, 8 answer, 9 record what it was billed — before the last bytes of the answer, so that whoever has
/// seen its end finds it in the record.
/// </summary>
internal sealed class ChatEndpoint(SimulatorState state)
{
    private static Billed Nothing => default;

    /// <summary>Serves one request.</summary>
    public async Task HandleAsync(ConnectionState connection, Wire wire)
    {
        var http = connection.Http;
        var now = state.Time.GetUtcNow();
        if (wire.CheckHeaders(http.Request) is { } refused)
        {
            Reject(connection, wire, refused, state.NewRequestId(wire), now);
            return;
        }

        var body = await RentedBody.ReadAsync(http.Request, wire.LongestBody);
        if (body is null)
        {
            Reject(connection, wire, wire.TooLarge, state.NewRequestId(wire), now);
            return;
        }

        Exchange? exchange;
        using (var bytes = body.Value)
        {
            exchange = Accept(connection, wire, bytes.Bytes, now);
        }

        if (exchange is not null)
        {
            await AnswerAsync(connection, wire, exchange, now);
        }
    }

    private Exchange? Accept(ConnectionState connection, Wire wire, ReadOnlySpan<byte> bytes, DateTimeOffset now)
    {
        var asked = connection.Http.Request;
        var bodyHash = XxHash3.HashToUInt64(bytes, (long)(state.Options.Seed ^ wire.Seed));
        var random = new SeededRandom(SeededRandom.Mix(bodyHash) ^ SeededRandom.Mix(state.Occurrences.Next(bodyHash) + 1));
        var id = wire.NewId(ref random);
        var requestId = wire.NewRequestId(ref random);

        var body = new RequestBody(bytes, state.Models, KeyHash(wire.Key(asked)), state.Responses)
        {
            Model = wire.Model,
            Unstored = connection.Unstored,
        };
        var request = wire.Read(body, out var error);
        var directives = request is null ? null : Directives.Parse(request.Marker, out var unknown) ?? Refuse(unknown!, wire, out error);
        if (request is null || directives is null)
        {
            Reject(connection, wire, error!, requestId, now);
            return null;
        }

        var skilled = SkilledAnswer.Of(state.Skills, request, directives, bytes, now);
        directives = skilled?.Within(directives) ?? directives;
        var draw = random.Fraction();
        var fault = directives.Fault ?? state.Decide(wire.Api, request, wire.Key(asked), draw);
        fault = fault == FaultKind.StreamError && !request.Stream ? FaultKind.ServerError : fault;
        var hidden = request.Reasons ? directives.Thinking ?? state.Options.Thinking?.Tokens : null;
        var exchange = new Exchange
        {
            Request = request,
            Fault = fault,
            Id = id,
            RequestId = requestId,
            Created = now.ToUnixTimeSeconds(),
            Prompt = MeterPrompt(wire, request, fault),
            Answers = Plan(request, directives, fault, hidden, bytes, wire, skilled, ref random),
            HidesThinking = hidden is not null,
            Random = random,
        };
        wire.SetHeaders(connection.Http.Response.Headers, requestId, now);
        WriteFields(connection.Fields, wire, request, id, requestId, asked.Headers["x-client-request-id"]);
        if (connection.Batch is { } batch)
        {
            connection.Fields.Add(",\"batch\":\""u8).AddAscii(batch).Add("\""u8);
        }

        skilled?.Write(connection.Fields);

        exchange.Number = state.Record.Dispatched(connection.Fields.Written);
        return exchange;
    }

    private static Directives? Refuse(string message, Wire wire, out RequestError? error)
    {
        error = wire.UnknownDirective(message);
        return null;
    }

    private PromptUsage MeterPrompt(Wire wire, ChatRequest request, FaultKind fault) =>
        wire.Refuses(fault) || fault is FaultKind.Timeout or FaultKind.Reset ? default : wire.Meter(state.Cache, request);

    private static Answer[] Plan(
        ChatRequest request,
        Directives directives,
        FaultKind fault,
        int? hidden,
        ReadOnlySpan<byte> body,
        Wire wire,
        SkilledAnswer? skilled,
        ref SeededRandom random
    )
    {
        var answers = new Answer[request.Choices];
        for (var i = 0; i < answers.Length; i++)
        {
            var answer = AnswerPlan.Create(request, directives, fault, hidden, body, wire, ref random);
            answers[i] = skilled?.Apply(answer, fault, ref random) ?? answer;
        }

        return answers;
    }

    private Task AnswerAsync(ConnectionState connection, Wire wire, Exchange exchange, DateTimeOffset now)
    {
        var latency = exchange.Fault == FaultKind.Slow ? state.Options.Latency.Slower() : state.Options.Latency;
        var pace = new Pace(latency, exchange.Random, state.Time);
        if (wire.Refuses(exchange.Fault))
        {
            SendRefusal(connection, wire, exchange, now);
            return Task.CompletedTask;
        }

        return exchange.Fault switch
        {
            FaultKind.Timeout => HangAsync(connection, exchange),
            FaultKind.Reset => ResetAsync(connection, exchange),
            _ when exchange.Request.Stream => new StreamedAnswer(state, this, connection, wire, exchange, pace).SendAsync(now),
            _ => SendWholeAsync(connection, wire, exchange, pace, now),
        };
    }

    private async Task SendWholeAsync(ConnectionState connection, Wire wire, Exchange exchange, Pace pace, DateTimeOffset now)
    {
        var http = connection.Http;
        var tokens = exchange.OutputTokens + exchange.ReasoningTokens;
        pace.Add(Math.Max(1, tokens / Math.Max(1, exchange.Answers.Length)));
        if (!pace.IsInstant)
        {
            using var leaves = state.UntilLeft(http);
            try
            {
                await pace.WaitAsync(leaves.Token);
            }
            catch (OperationCanceledException)
            {
                CompleteLeft(connection, exchange, pace.TokensByNow(tokens));
                return;
            }
        }

        var output = connection.Output;
        output.Clear();
        exchange.Milliseconds = pace.Milliseconds;
        wire.WriteAnswer(output, exchange);
        http.Response.ContentType = wire.ContentType;
        wire.SetUsageHeaders(http.Response.Headers, exchange);
        wire.SetLimitHeaders(http.Response.Headers, exchange.Request, now, pace.Milliseconds, isLimited: false);
        var cut = exchange.Fault == FaultKind.Cut;
        if (cut)
        {
            output.Truncate(output.Length / 2);
        }
        else if (exchange.Fault == FaultKind.Garbage)
        {
            output.Clear();
            output.Add("<html><head><title>502 Bad Gateway</title></head><body>"u8);
        }

        Complete(connection, exchange, 200, OutcomeOf(exchange.Fault), All(exchange));
        var sink = new ResponseSink(http, cut);
        if (!cut)
        {
            http.Response.ContentLength = output.Length;
        }

        sink.Write(output.Written);
    }

    private void SendRefusal(ConnectionState connection, Wire wire, Exchange exchange, DateTimeOffset now)
    {
        var error = wire.ErrorOf(exchange.Fault, exchange.Request.Model.Name);
        wire.SetLimitHeaders(connection.Http.Response.Headers, exchange.Request, now, 0, exchange.Fault == FaultKind.RateLimited);
        Complete(connection, exchange, error.Status, "error", Nothing);
        WriteError(connection, wire, error, exchange.RequestId);
    }

    private async Task HangAsync(ConnectionState connection, Exchange exchange)
    {
        using var leaves = state.UntilLeft(connection.Http);
        await Task.Delay(Timeout.Infinite, leaves.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Complete(connection, exchange, null, state.IsStopping ? "shutdown" : "timeout", Nothing);
        connection.Http.Abort();
    }

    private Task ResetAsync(ConnectionState connection, Exchange exchange)
    {
        Complete(connection, exchange, null, "reset", Nothing);
        if (connection.Http.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket)
        {
            // With no time to linger, closing sends a reset instead of an orderly end.
            socket.LingerState = new System.Net.Sockets.LingerOption(enable: true, seconds: 0);
            socket.Close();
        }

        connection.Http.Abort();
        return Task.CompletedTask;
    }

    /// <summary>Records that the client left after so many tokens.</summary>
    public void CompleteLeft(ConnectionState connection, Exchange exchange, int generated)
    {
        var outcome = state.IsStopping ? "shutdown" : "client_closed";
        var left = exchange.OutputTokens + exchange.ReasoningTokens - generated;
        var more = Math.Max(0, Math.Min(left, state.Options.BillAfterCancel.MoreTokens));
        Complete(connection, exchange, null, outcome, Part(exchange, generated + more), more);
    }

    /// <summary>Records what a request was billed.</summary>
    /// <param name="connection">Its connection.</param>
    /// <param name="exchange">The request.</param>
    /// <param name="status">The status that was sent; null for none.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="billed">What it was billed.</param>
    /// <param name="afterCancel">How many of the tokens were generated after the client had left; null where it stayed.</param>
    public void Complete(
        ConnectionState connection,
        Exchange exchange,
        int? status,
        string outcome,
        in Billed billed,
        int? afterCancel = null
    )
    {
        var line = connection.Outcome;
        line.Clear();
        line.Add(",\"status\":"u8);
        line = status is { } number ? line.Add(number) : line.Add("null"u8);
        line.Add(",\"outcome\":\""u8).AddAscii(outcome).Add("\",\"fault\":"u8);
        line.AddJson(exchange.Fault == FaultKind.None ? null : FaultPlan.NameOf(exchange.Fault));
        line = afterCancel is { } more ? line.Add(",\"after_cancel\":"u8).Add(more) : line;
        line.Add(",\"billed\":{\"input\":"u8).Add(billed.Prompt.Input).Add(",\"cache_read\":"u8).Add(billed.Prompt.CacheRead);
        line.Add(",\"cache_write_5m\":"u8).Add(billed.Prompt.CacheWrite5m).Add(",\"cache_write_1h\":"u8).Add(billed.Prompt.CacheWrite1h);
        line.Add(",\"output\":"u8).Add(billed.Output).Add(",\"reasoning\":"u8).Add(billed.Reasoning);
        line = billed.Units is { } units ? line.Add(",\""u8).AddAscii(units.Name).Add("\":"u8).Add(units.Count) : line;
        line.Add("}"u8);
        state.Record.Completed(
            exchange.Number,
            connection.Fields.Written,
            line.Written,
            exchange.Request.Model.Totals,
            billed,
            afterCancel is not null
        );
    }

    /// <summary>The bill of a whole answer.</summary>
    public static Billed All(Exchange exchange) =>
        exchange.Request.Units is { } units
            ? new(default, 0, 0, units)
            : new(exchange.Prompt, exchange.OutputTokens, exchange.ReasoningTokens);

    /// <summary>The bill of an answer that ended after so many tokens: reasoning comes first.</summary>
    public Billed Part(Exchange exchange, int generated)
    {
        // What isn't billed by tokens is billed whole.
        if (state.Options.BillAfterCancel == BillAfterCancel.Full || exchange.Request.Units is not null)
        {
            return All(exchange);
        }

        var reasoning = Math.Min(generated, exchange.ReasoningTokens);
        return new Billed(exchange.Prompt, Math.Min(generated - reasoning, exchange.OutputTokens), reasoning);
    }

    /// <summary>The outcome that a completed answer is recorded with.</summary>
    public static string OutcomeOf(FaultKind fault) =>
        fault switch
        {
            FaultKind.Cut => "cut",
            FaultKind.Garbage => "garbage",
            FaultKind.StreamError => "stream_error",
            _ => "ok",
        };

    private void Reject(ConnectionState connection, Wire wire, RequestError error, string requestId, DateTimeOffset now)
    {
        wire.SetHeaders(connection.Http.Response.Headers, requestId, now);
        connection.Fields.Clear();
        connection.Fields.Add("\"api\":\""u8).AddAscii(wire.Api).Add("\",\"request_id\":\""u8).AddAscii(requestId);
        connection.Fields.Add("\",\"client_request_id\":"u8);
        connection.Fields.AddJson(NullIfEmpty(connection.Http.Request.Headers["x-client-request-id"].ToString()));
        connection.Outcome.Clear();
        connection.Outcome.Add(",\"status\":"u8).Add(error.Status).Add(",\"outcome\":\"rejected\",\"message\":"u8).AddJson(error.Message);
        state.Record.Rejected(connection.Fields.Written, connection.Outcome.Written);
        WriteError(connection, wire, error, requestId);
    }

    /// <summary>Answers with an error.</summary>
    public static void WriteError(ConnectionState connection, Wire wire, RequestError error, string requestId)
    {
        var (response, output) = (connection.Http.Response, connection.Output);
        response.StatusCode = error.Status;
        response.ContentType = wire.ContentType;
        wire.SetErrorHeaders(response.Headers, error);
        if (error.RetryAfterSeconds is { } seconds)
        {
            response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        output.Clear();
        wire.WriteError(output, error, requestId);
        response.ContentLength = output.Length;
        new ResponseSink(connection.Http, isCutOff: false).Write(output.Written);
    }

    private static void WriteFields(
        OutputBuffer fields,
        Wire wire,
        ChatRequest request,
        string id,
        string requestId,
        Microsoft.Extensions.Primitives.StringValues clientRequestId
    )
    {
        fields.Clear();
        fields.Add("\"api\":\""u8).AddAscii(wire.Api).Add("\",\"model\":\""u8).Add(request.Model.NameJson).Add("\",\"stream\":"u8);
        fields
            .Add(request.Stream ? "true"u8 : "false"u8)
            .Add(",\"id\":"u8)
            .AddJson(NullIfEmpty(id))
            .Add(",\"request_id\":\""u8)
            .AddAscii(requestId);
        fields.Add("\",\"client_request_id\":"u8).AddJson(NullIfEmpty(clientRequestId.ToString()));
        fields.Add(",\"end_user\":"u8).AddJson(request.EndUser).Add(",\"max_tokens\":"u8);
        fields = request.MaxTokens is { } most ? fields.Add(most) : fields.Add("null"u8);
        fields.Add(",\"prompt_tokens\":"u8).Add(request.PromptTokens);
        request.Modalities?.WriteMedia(fields);
        request.Media?.Write(fields);
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    private static ulong KeyHash(ReadOnlySpan<char> key) => XxHash3.HashToUInt64(System.Runtime.InteropServices.MemoryMarshal.AsBytes(key));
}
