using System.Globalization;
using System.IO.Hashing;
using System.Text;
using Microsoft.AspNetCore.Http;
using Purser.Simulator.Answers;
using Purser.Simulator.Caching;
using Purser.Simulator.Faults;
using Purser.Simulator.Http;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Bedrock;

/// <summary>What all formats on Bedrock have in common: the signature or the API key, headers, errors, and the frames of a stream.</summary>
/// <param name="route">What the URL says.</param>
/// <param name="asked">The request, whose signature covers its body.</param>
/// <param name="key">The key pair whose signatures are verified; null for none.</param>
internal abstract class BedrockWire(BedrockRoute route, HttpRequest asked, AwsKeyPair? key) : Wire
{
    public override string Api => "bedrock";

    public override ulong Seed => XxHash3.HashToUInt64(Encoding.UTF8.GetBytes($"{route.Model}/{route.Operation}"));

    public override string? Model => route.Model;

    public override string StreamContentType => EventStream.ContentType;

    public override int LongestBody => 25 * 1024 * 1024;

    public override RequestError TooLarge => BedrockErrors.TooLarge;

    /// <summary>What the URL says.</summary>
    protected BedrockRoute Route => route;

    public override RequestError? CheckHeaders(HttpRequest request)
    {
        if (AwsSignature.IsIn(request))
        {
            return AwsSignature.Parse(request, out var error) is { } signed && key is not null && signed.KeyId != key.Id
                ? BedrockErrors.UnknownKey
                : error;
        }

        return BearerToken.Of(request).IsEmpty ? BedrockErrors.MissingToken : null;
    }

    public override ReadOnlySpan<char> Key(HttpRequest request) =>
        AwsSignature.IsIn(request) ? AwsSignature.Parse(request, out _)?.KeyId : BearerToken.Of(request);

    public override ChatRequest? Read(RequestBody body, out RequestError? error)
    {
        error = CheckSignature(body.Bytes);
        return error is null ? ReadSigned(body with { Stream = route.IsStream }, out error) : null;
    }

    /// <summary>What is wrong with the signature over a body; null when nothing is, or when no key's is verified.</summary>
    public RequestError? CheckSignature(ReadOnlySpan<byte> body) =>
        key is null || !AwsSignature.IsIn(asked) || AwsSignature.Parse(asked, out _)!.IsBy(key.Secret, asked, body)
            ? null
            : BedrockErrors.WrongSignature;

    /// <summary>Reads a body whose signature is right.</summary>
    protected abstract ChatRequest? ReadSigned(RequestBody body, out RequestError? error);

    public override PromptUsage Meter(PromptCache cache, ChatRequest request) => cache.Marked(request.Prefixes, request.PromptTokens);

    public override RequestError ErrorOf(FaultKind fault, string model) => BedrockErrors.Of(fault);

    public override RequestError NoSuchModel(string model) => BedrockErrors.NoSuchModel;

    public override RequestError UnknownUrl(string method, string path) => BedrockErrors.UnknownUrl;

    public override RequestError UnknownDirective(string message) => BedrockErrors.Invalid(message);

    // An answer has no id of its own.
    public override string NewId(ref SeededRandom random) => "";

    public override string NewToolCallId(string tool, ref SeededRandom random) => Ids.BedrockTool(ref random);

    public override string? NewSignature(ref SeededRandom random) => Ids.Signature(ref random);

    public override string NewRequestId(ref SeededRandom random) => Ids.Guid(ref random);

    public override void SetHeaders(IHeaderDictionary headers, string requestId, DateTimeOffset now) =>
        headers["x-amzn-requestid"] = requestId;

    public override void SetLimitHeaders(
        IHeaderDictionary headers,
        ChatRequest request,
        DateTimeOffset now,
        int milliseconds,
        bool isLimited
    ) { }

    public override void SetErrorHeaders(IHeaderDictionary headers, RequestError error) =>
        headers["x-amzn-errortype"] = error.Type + ":http://internal.amazon.com/coral/com.amazon.bedrock/";

    public override void WriteError(OutputBuffer to, RequestError error, string requestId) =>
        to.Add("{\"message\":"u8).AddJson(error.Message).Add("}"u8);

    public override void WriteStreamError(OutputBuffer to, Exchange exchange)
    {
        // One in two is a limit, and one in two a failure of the model: both come in the middle of a stream.
        var random = exchange.Random;
        var (type, message) =
            random.Below(2) == 0
                ? ("throttlingException", BedrockErrors.Of(FaultKind.RateLimited).Message)
                : ("modelStreamErrorException", "An error occurred while streaming the response. Retry your request.");
        EventStream.WriteException(to, type, new OutputBuffer().Add("{\"message\":"u8).AddJson(message).Add("}"u8).Written);
    }

    // An event stream has no comments: a reader would take any frame for an event.
    public override void WriteKeepAlive(OutputBuffer to) { }

    public override void WriteGarbageEvent(OutputBuffer to) =>
        EventStream.WriteEvent(to, "chunk", "{\"bytes\":\"<html>502 Bad Gateway</html>"u8);

    /// <summary>Sets the headers in which Bedrock counts the tokens of an answer that isn't streamed.</summary>
    protected static void SetCountHeaders(IHeaderDictionary headers, Exchange exchange)
    {
        if (!exchange.SaysUsage)
        {
            return;
        }

        var prompt = exchange.Prompt;
        Set(headers, "input-token-count", prompt.Input);
        Set(headers, "output-token-count", exchange.OutputTokens + exchange.ReasoningTokens);
        Set(headers, "cache-read-input-token-count", prompt.CacheRead);
        Set(headers, "cache-write-input-token-count", prompt.CacheWrite5m + prompt.CacheWrite1h);
        Set(headers, "invocation-latency", exchange.Milliseconds);
    }

    private static void Set(IHeaderDictionary headers, string name, long value) =>
        headers["x-amzn-bedrock-" + name] = value.ToString(CultureInfo.InvariantCulture);
}
