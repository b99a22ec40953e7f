namespace Purser.Simulator.Requests;

/// <summary>A prompt's tokens by what they stand for, as Google reports them.</summary>
internal sealed class ModalityTokens
{
    /// <summary>The names, in the order in which they are reported; text is the first.</summary>
    public static readonly string[] Names = ["TEXT", "IMAGE", "AUDIO", "VIDEO", "DOCUMENT"];

    private readonly long[] counts = new long[Names.Length];

    /// <summary>The tokens of one modality, by its place among the names.</summary>
    public long this[int modality] => counts[modality];

    /// <summary>Whether there is anything but text.</summary>
    public bool HasMedia => counts.AsSpan(1).ContainsAnyExcept(0);

    /// <summary>Adds tokens of text.</summary>
    public void AddText(long tokens) => counts[0] += tokens;

    /// <summary>Adds tokens of a file, by its MIME type.</summary>
    public void AddFile(string mimeType, long tokens) =>
        counts[
            mimeType.StartsWith("image/", StringComparison.Ordinal) ? 1
            : mimeType.StartsWith("audio/", StringComparison.Ordinal) ? 2
            : mimeType.StartsWith("video/", StringComparison.Ordinal) ? 3
            : 4
        ] += tokens;

    /// <summary>The first <paramref name="tokens"/> of them, in the order of the names: a cached prefix isn't told by what is in it.</summary>
    public ModalityTokens First(long tokens)
    {
        var first = new ModalityTokens();
        for (var i = 0; i < counts.Length; i++)
        {
            first.counts[i] = Math.Min(tokens, counts[i]);
            tokens -= first.counts[i];
        }

        return first;
    }
}
