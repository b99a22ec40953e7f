using Purser.Providers.Bodies;
using Purser.Providers.Streams;

namespace Purser.Providers.OpenAIResponses;

/// <summary>A stream of a response's events. The event that ends it has the whole response.</summary>
internal sealed class ResponsesStream(BodyReader body, string? model) : LastUsage(body, model)
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
        if (!ResponseEvent.TryRead(data, out var seen))
        {
            return false;
        }
        if (seen.Kind == EventKind.Ended && !seen.Response.IsEmpty)
        {
            Keep(seen.Response);
        }
        Reading.SawError |= seen.Kind == EventKind.Error;
        return true;
    }
}
