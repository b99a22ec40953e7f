using System.Text.Json;

namespace Purser.Providers;

// What a request names that the provider keeps.
internal ref partial struct RequestScan
{
    // In bytes, of an id that the provider gave: far longer than any.
    private const int LongestReference = 4096;

    /// <summary>The text that the reader is on, as the id of something that the provider keeps; empty where it can't be one.</summary>
    public string ReferenceId() =>
        reader.TokenType == JsonTokenType.String
        && reader.ValueSpan.Length <= LongestReference
        && JsonReading.TryText(ref reader, out var id)
            ? id
            : "";
}
