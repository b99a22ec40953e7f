using Purser.Simulator.Http;

namespace Purser.Simulator.Requests;

/// <summary>A prompt's tokens by what they stand for, as Google reports them.</summary>
internal sealed class ModalityTokens
{
    /// <summary>The names, in the order in which they are reported; text is the first.</summary>
    public static readonly string[] Names = ["TEXT", "IMAGE", "AUDIO", "VIDEO", "DOCUMENT"];

    private readonly long[] counts = new long[Names.Length];

    /// <summary>The tokens of one modality, by its place among the names.</summary>
    public long this[int modality] => counts[modality];

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

    /// <summary>Writes what isn't text for the record, as a property; nothing where all is text.</summary>
    public void WriteMedia(OutputBuffer to)
    {
        var written = 0;
        for (var i = 1; i < counts.Length; i++)
        {
            if (counts[i] > 0)
            {
                to.Add(written++ == 0 ? ",\"prompt_media\":{\""u8 : ",\""u8)
                    .AddAscii(Names[i].ToLowerInvariant())
                    .Add("\":"u8)
                    .Add(counts[i]);
            }
        }

        to.Add(written > 0 ? "}"u8 : ""u8);
    }

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
