using System.Globalization;
using Microsoft.AspNetCore.Http;
using Purser.Simulator.Answers;
using Purser.Simulator.Caching;
using Purser.Simulator.Faults;
using Purser.Simulator.Http;
using Purser.Simulator.Requests;
using Purser.Simulator.Vertex;

namespace Purser.Simulator.Gemini;

/// <summary>The format of Gemini's <c>generateContent</c> and <c>streamGenerateContent</c>, on AI Studio and on Vertex.</summary>
internal class GeminiWire(GoogleRoute route, TimeProvider time) : Wire
{
    /// <summary>What the URL says.</summary>
    public GoogleRoute Route => route;

    public override string Api => route.Api;

    public override ulong Seed => route.Seed;

    public override string? Model => route.Model;

    public override string ContentType => "application/json; charset=UTF-8";

    public override string StreamContentType => route.IsSse ? "text/event-stream" : ContentType;

    public override int LongestBody => 100 * 1024 * 1024;

    public override RequestError TooLarge => GoogleErrors.TooLarge;

    public override RequestError? CheckHeaders(HttpRequest request) =>
        route.IsVertex ? TokenEndpoint.Check(BearerToken.Of(request), time)
        : Key(request).IsEmpty ? GoogleErrors.MissingKey
        : null;

    public override ReadOnlySpan<char> Key(HttpRequest request) => KeyOf(request);

    /// <summary>The key of a request to Google, in a header or in the URL; empty when there is none.</summary>
    public static ReadOnlySpan<char> KeyOf(HttpRequest request)
    {
        var key = request.Headers["x-goog-api-key"].ToString();
        key = key.Length > 0 ? key : request.Query["key"].ToString();
        return key.Length > 0 ? key : BearerToken.Of(request);
    }

    public override ChatRequest? Read(RequestBody body, out RequestError? error) => GeminiRequestReader.Read(body, route, out error);

    // What the implicit cache writes costs nothing and isn't told.
    public override PromptUsage Meter(PromptCache cache, ChatRequest request) =>
        cache.Automatic(request.Prefixes, request.PromptTokens, billsWrites: false);

    public override RequestError ErrorOf(FaultKind fault, string model) => GoogleErrors.Of(fault, route);

    public override RequestError NoSuchModel(string model) => GoogleErrors.NoSuchModel(route with { Model = model });

    public override RequestError UnknownUrl(string method, string path) => GoogleErrors.UnknownUrl();

    public override RequestError UnknownDirective(string message) => GoogleErrors.Invalid(message);

    public override string NewId(ref SeededRandom random) => Ids.GeminiResponse(ref random);

    public override string NewToolCallId(string tool, ref SeededRandom random) => Ids.GeminiCall(ref random);

    public override string? NewSignature(ref SeededRandom random) => Ids.Signature(ref random);

    public override string NewRequestId(ref SeededRandom random) => Ids.OpenAIRequest(ref random);

    public override void SetHeaders(IHeaderDictionary headers, string requestId, DateTimeOffset now)
    {
        headers.Vary = "Origin, X-Origin, Referer";
        headers["x-content-type-options"] = "nosniff";
        headers["x-frame-options"] = "SAMEORIGIN";
        headers["x-xss-protection"] = "0";
    }

    public override void SetLimitHeaders(
        IHeaderDictionary headers,
        ChatRequest request,
        DateTimeOffset now,
        int milliseconds,
        bool isLimited
    ) => headers["server-timing"] = string.Create(CultureInfo.InvariantCulture, $"gfet4t7; dur={milliseconds}");

    public override void WriteAnswer(OutputBuffer to, Exchange exchange)
    {
        var compact = new OutputBuffer();
        new GeminiJson(compact, exchange, route).WriteWhole();
        IndentedJson.Write(to, compact);
        to.Add("\n"u8);
    }

    public override IEnumerable<Frame> Stream(OutputBuffer to, Exchange exchange) => new GeminiStream(to, exchange, route).Frames();

    public override void WriteError(OutputBuffer to, RequestError error, string requestId)
    {
        // Whoever asked for an array gets one, of errors too.
        var isArray = route.Method == "streamGenerateContent" && !route.IsSse;
        var compact = new OutputBuffer().Add(isArray ? "["u8 : ""u8);
        GoogleErrors.Write(compact, error);
        IndentedJson.Write(to, compact.Add(isArray ? "]"u8 : ""u8));
        to.Add("\n"u8);
    }

    public override void WriteStreamError(OutputBuffer to, Exchange exchange)
    {
        var compact = new OutputBuffer();
        GoogleErrors.Write(compact, GoogleErrors.Of(FaultKind.ServerError, route));
        var chunks = new GeminiFraming(to, route.IsSse, Math.Max(0, exchange.NextEvent - 1));
        chunks.Write(compact);
        chunks.End();
    }

    public override void WriteKeepAlive(OutputBuffer to) => to.Add(route.IsSse ? ": keep-alive\r\n\r\n"u8 : "\n"u8);

    public override void WriteGarbageEvent(OutputBuffer to) =>
        to.Add(route.IsSse ? "data: {\"candidates\": [<html>502 Bad Gateway</html>\r\n\r\n"u8 : ",\r\n<html>502 Bad Gateway</html>"u8);
}
