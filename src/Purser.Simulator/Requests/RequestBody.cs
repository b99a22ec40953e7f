using System.IO.Hashing;
using System.Text.Json;
using Purser.Simulator.Caching;
using Purser.Simulator.Models;

namespace Purser.Simulator.Requests;

/// <summary>A request's body and what its reading needs beside it; each API key has caches of its own, told apart by its hash.</summary>
internal readonly ref struct RequestBody(ReadOnlySpan<byte> bytes, ModelTable models, ulong keyHash, KeptResponses? kept = null)
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 512 };

    /// <summary>The model that the URL names; null where the body does.</summary>
    public string? Model { get; init; }

    /// <summary>Whether the URL asks for a stream; null where the body does.</summary>
    public bool? Stream { get; init; }

    /// <summary>The body.</summary>
    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    /// <summary>The models known.</summary>
    public ModelTable Models { get; } = models;

    /// <summary>The responses that a request can go on from.</summary>
    public KeptResponses? Kept { get; } = kept;

    /// <summary>The responses that a connection remembers although they aren't stored; null where it doesn't.</summary>
    public KeptResponses? Unstored { get; init; }

    /// <summary>A reader over the whole body.</summary>
    public Utf8JsonReader Reader() => new(Bytes, Options);

    /// <summary>A reader over one part of it.</summary>
    public Utf8JsonReader Reader(Range section) => new(Bytes[section], Options);

    /// <summary>A meter for this body's prompt.</summary>
    public PromptMeter Meter(ModelFacts model, bool steps) =>
        new(XxHash3.HashToUInt64(model.AnswersJson, (long)keyHash), Bytes.Length >= PromptMeter.LeastCachedTokens, steps);
}
