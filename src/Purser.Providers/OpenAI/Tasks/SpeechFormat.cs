using Purser.Core.Pricing;

namespace Purser.Providers.OpenAI.Tasks;

/// <summary>
/// Speech made of a text. The answer is audio, which says nothing of its cost: by the character it's the text's, and where tokens are the price the
/// most that was held; the stream of events (<c>stream_format: sse</c>) has a usage.
/// </summary>
/// <param name="vendor">Whose usage is read.</param>
public sealed class SpeechFormat(string vendor = "openai") : OpenAITask("speech", "/audio/speech", vendor, "audio")
{
    private const int Model = 0;
    private const int Input = 1;
    private const int StreamFormat = 2;

    private static readonly TopLevelMembers Members = new("model", "input", "stream_format");

    private protected override IReadOnlyList<string> EndTypes => ["speech.audio.done"];

    /// <inheritdoc/>
    public override bool IsStream(string? mediaType) =>
        base.IsStream(mediaType)
        || mediaType?.StartsWith("audio/", StringComparison.OrdinalIgnoreCase) == true
        || string.Equals(mediaType, "application/octet-stream", StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public override UnderstandResult Understand(ReadOnlyMemory<byte> body, RequestTarget target = default)
    {
        var result = RequestScan.Read(body.Span, Members, ReadMember, target.Model);
        if (result.Facts is { } facts)
        {
            facts.MaxInputTokens = body.Length;
            facts.AudioOutput = true;
        }
        return result;
    }

    private static bool ReadMember(ref RequestScan scan, int member)
    {
        switch (member)
        {
            case Model:
                return scan.ReadModel();
            case Input:
                scan.Facts.Pieces = new PieceBounds { Characters = scan.Characters() };
                return scan.Walk(WalkRules.None);
            case StreamFormat:
                var isValid = scan.ReadChoice("stream_format", out var format);
                scan.Facts.Stream = format == "sse";
                return isValid;
            default:
                return scan.Walk(WalkRules.None);
        }
    }

    /// <inheritdoc/>
    public override StreamRelay CreateStreamRelay(RequestFacts facts, UsageReading reading) =>
        new SpeechRelay(reading, facts.Pieces.Characters, facts.Stream ? base.CreateStreamRelay(facts, reading) : null);
}
