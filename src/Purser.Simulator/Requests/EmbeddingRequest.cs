using System.IO.Hashing;
using System.Text;
using Purser.Simulator.Caching;

namespace Purser.Simulator.Requests;

/// <summary>A request for embeddings.</summary>
/// <param name="Dimensions">How many numbers a vector has.</param>
/// <param name="Inputs">What is embedded.</param>
/// <param name="Encodings">How vectors are written, as the provider names it, such as <c>float</c> or <c>base64</c>.</param>
internal sealed record EmbeddingRequest(int Dimensions, IReadOnlyList<EmbeddingInput> Inputs, IReadOnlyList<string> Encodings)
{
    /// <summary>The longest vector that a request can ask for.</summary>
    public const int MostDimensions = 4096;

    /// <summary>The dimensions of a known model's vectors.</summary>
    public static int DimensionsOf(string model) =>
        model switch
        {
            "text-embedding-3-large" or "gemini-embedding-001" or "gemini-embedding-2" or "gemini-embedding-2-preview" => 3072,
            "text-embedding-3-small" or "text-embedding-ada-002" or "embed-v4.0" => 1536,
            "nomic-embed-text" or "text-embedding-004" or "text-embedding-005" => 768,
            "all-minilm" or "embed-english-light-v3.0" or "embed-multilingual-light-v3.0" => 384,
            _ => 1024,
        };
}

/// <summary>One thing to embed.</summary>
/// <param name="Text">Its text; null where it isn't text.</param>
/// <param name="Seed">What its vector is drawn from: the same text has the same vector.</param>
/// <param name="Tokens">Its tokens.</param>
internal readonly record struct EmbeddingInput(string? Text, ulong Seed, long Tokens)
{
    /// <summary>Meters a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="meter">Counts it.</param>
    /// <param name="marker">The simulator's marker in it; unchanged where it has none.</param>
    public static EmbeddingInput OfText(string text, PromptMeter meter, ref string? marker)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        var before = meter.Tokens;
        meter.Add(utf8);
        marker = PromptText.Marker(utf8) ?? marker;
        return new EmbeddingInput(text, XxHash3.HashToUInt64(utf8), meter.Tokens - before);
    }

    /// <summary>Meters something of a fixed size, such as an image or the tokens that a client counted itself.</summary>
    public static EmbeddingInput OfFlat(ReadOnlySpan<byte> identity, int tokens, PromptMeter meter)
    {
        meter.AddFlat(tokens, identity);
        return new EmbeddingInput(null, XxHash3.HashToUInt64(identity), tokens);
    }
}
