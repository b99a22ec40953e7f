using Microsoft.AspNetCore.Http;
using Purser.Simulator.Answers;
using Purser.Simulator.Caching;
using Purser.Simulator.Faults;
using Purser.Simulator.Requests;

namespace Purser.Simulator.Http;

/// <summary>One step of a stream, composed into the buffer that the stream was given.</summary>
/// <param name="Tokens">Visible tokens that it carries, which take their time; 0 for a frame that comes at once.</param>
/// <param name="Reasoning">Reasoning tokens that pass with it.</param>
/// <param name="IsLast">Whether all tokens are generated and only the ending follows.</param>
internal readonly record struct Frame(int Tokens, int Reasoning = 0, bool IsLast = false)
{
    /// <summary>A frame without tokens.</summary>
    public static Frame Free { get; } = new(0);

    /// <summary>The first frame of the ending: everything was generated.</summary>
    public static Frame Last { get; } = new(0, 0, true);

    /// <summary>All tokens that pass with it.</summary>
    public int All => Tokens + Reasoning;
}

/// <summary>A provider's wire format.</summary>
internal abstract class Wire
{
    /// <summary>The API that it is part of, as <see cref="FaultPlan.Apis"/> names it.</summary>
    public abstract string Api { get; }

    /// <summary>What tells its requests from equal bodies sent to other endpoints, in their seeds.</summary>
    public abstract ulong Seed { get; }

    /// <summary>The model that the URL names; null where the body does.</summary>
    public virtual string? Model => null;

    /// <summary>The type of a whole answer, and of an error.</summary>
    public virtual string ContentType => "application/json";

    /// <summary>The type of a streamed answer.</summary>
    public virtual string StreamContentType => "text/event-stream; charset=utf-8";

    /// <summary>The longest body that is read, in bytes.</summary>
    public abstract int LongestBody { get; }

    /// <summary>The error for a body that is longer.</summary>
    public abstract RequestError TooLarge { get; }

    /// <summary>What is wrong with the headers; null when nothing is.</summary>
    public abstract RequestError? CheckHeaders(HttpRequest request);

    /// <summary>The key that the request brings; empty when there is none.</summary>
    public abstract ReadOnlySpan<char> Key(HttpRequest request);

    /// <summary>Reads a body; null, and why, when the provider would refuse it.</summary>
    public abstract ChatRequest? Read(RequestBody body, out RequestError? error);

    /// <summary>A prompt's tokens, by what the provider's cache does.</summary>
    public abstract PromptUsage Meter(PromptCache cache, ChatRequest request);

    /// <summary>Whether a fault is answered with an error instead of an answer.</summary>
    public virtual bool Refuses(FaultKind fault) =>
        fault is FaultKind.KeyRefused or FaultKind.RateLimited or FaultKind.ServerError or FaultKind.Unavailable or FaultKind.Overloaded;

    /// <summary>The error that a fault answers with.</summary>
    public abstract RequestError ErrorOf(FaultKind fault, string model);

    /// <summary>The error for a model that isn't there.</summary>
    public abstract RequestError NoSuchModel(string model);

    /// <summary>The error for a URL that isn't there.</summary>
    public abstract RequestError UnknownUrl(string method, string path);

    /// <summary>The error for a marker that the simulator doesn't know.</summary>
    public abstract RequestError UnknownDirective(string message);

    /// <summary>An answer's id.</summary>
    public abstract string NewId(ref SeededRandom random);

    /// <summary>The id of a call of a tool.</summary>
    public abstract string NewToolCallId(string tool, ref SeededRandom random);

    /// <summary>The signature of an answer's reasoning; null where the format has none.</summary>
    public virtual string? NewSignature(ref SeededRandom random) => null;

    /// <summary>The id of a request, as a response header gives it.</summary>
    public abstract string NewRequestId(ref SeededRandom random);

    /// <summary>Sets the headers that every response has.</summary>
    public abstract void SetHeaders(IHeaderDictionary headers, string requestId, DateTimeOffset now);

    /// <summary>Sets the headers of an accepted request's response.</summary>
    /// <param name="headers">The response's headers.</param>
    /// <param name="request">The request.</param>
    /// <param name="now">The time.</param>
    /// <param name="milliseconds">How long the answer took, or its first token where it is streamed.</param>
    /// <param name="isLimited">Whether the request was refused by a rate limit.</param>
    public abstract void SetLimitHeaders(
        IHeaderDictionary headers,
        ChatRequest request,
        DateTimeOffset now,
        int milliseconds,
        bool isLimited
    );

    /// <summary>Sets the headers that tell a whole answer's usage, where the format has such.</summary>
    public virtual void SetUsageHeaders(IHeaderDictionary headers, Exchange exchange) { }

    /// <summary>Sets the headers that tell an error, where the format has such.</summary>
    public virtual void SetErrorHeaders(IHeaderDictionary headers, RequestError error) { }

    /// <summary>Writes a whole answer.</summary>
    public abstract void WriteAnswer(OutputBuffer to, Exchange exchange);

    /// <summary>Writes a streamed answer step by step: each step composes its bytes into <paramref name="to"/>, which the reader empties.</summary>
    public abstract IEnumerable<Frame> Stream(OutputBuffer to, Exchange exchange);

    /// <summary>Writes an error's body.</summary>
    public abstract void WriteError(OutputBuffer to, RequestError error, string requestId);

    /// <summary>Writes an error in the middle of a stream.</summary>
    public abstract void WriteStreamError(OutputBuffer to, Exchange exchange);

    /// <summary>Writes a keep-alive, which readers of a stream pass over.</summary>
    public abstract void WriteKeepAlive(OutputBuffer to);

    /// <summary>Writes an event that isn't JSON.</summary>
    public abstract void WriteGarbageEvent(OutputBuffer to);
}
