using Purser.Providers.Bodies;
using Purser.Providers.Streams;

namespace Purser.Providers.Cohere;

/// <summary>A stream of a chat by Cohere's second API: <c>{"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{}}}</c> ends it.</summary>
internal sealed class CohereStream(BodyReader body, string? model) : LastUsage(body, model)
{
    /// <inheritdoc/>
    public override bool IsFinal => HasKept;

    /// <inheritdoc/>
    protected override bool Read(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        if (IsDone(data))
        {
            return true;
        }
        var type = TypeOf(data, out var isObject);
        if (type.SequenceEqual("message-end"u8))
        {
            Keep(BodyScan.Member(data, "delta"u8));
        }
        return isObject;
    }
}
