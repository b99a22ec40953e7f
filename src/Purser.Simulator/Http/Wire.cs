using Microsoft.AspNetCore.Http;
using Purser.Simulator.Answers;
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
    /// <summary>The API that it is part of: <c>openai</c> or <c>anthropic</c>.</summary>
    public abstract string Api { get; }

    /// <summary>Whether this is one of OpenAI's formats.</summary>
    public bool IsOpenAI => Api == "openai";

    /// <summary>The longest body that is read, in bytes.</summary>
    public abstract int LongestBody { get; }

    /// <summary>The error for a body that is longer.</summary>
    public abstract RequestError TooLarge { get; }

    /// <summary>What is wrong with the headers; null when nothing is.</summary>
    public abstract RequestError? CheckHeaders(IHeaderDictionary headers);

    /// <summary>Reads a body; null, and why, when the provider would refuse it.</summary>
    public abstract ChatRequest? Read(RequestBody body, out RequestError? error);

    /// <summary>The error that a fault answers with.</summary>
    public abstract RequestError ErrorOf(FaultKind fault, string model);

    /// <summary>The error for a marker that the simulator doesn't know.</summary>
    public abstract RequestError UnknownDirective(string message);

    /// <summary>An answer's id.</summary>
    public abstract string NewId(ref SeededRandom random);

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

    /// <summary>Writes a whole answer.</summary>
    public abstract void WriteAnswer(OutputBuffer to, Exchange exchange);

    /// <summary>Writes a streamed answer step by step: each step composes its bytes into <paramref name="to"/>, which the reader empties.</summary>
    public abstract IEnumerable<Frame> Stream(OutputBuffer to, Exchange exchange);

    /// <summary>Writes an error's body.</summary>
    public abstract void WriteError(OutputBuffer to, RequestError error, string requestId);

    /// <summary>Writes an error in the middle of a stream.</summary>
    public abstract void WriteStreamError(OutputBuffer to, string requestId, Exchange exchange);

    /// <summary>Writes a keep-alive, which readers of a stream pass over.</summary>
    public abstract void WriteKeepAlive(OutputBuffer to);

    /// <summary>Writes an event that isn't JSON.</summary>
    public abstract void WriteGarbageEvent(OutputBuffer to);
}
