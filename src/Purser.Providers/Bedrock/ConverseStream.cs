using Purser.Providers.Bodies;
using Purser.Providers.Streams;

namespace Purser.Providers.Bedrock;

/// <summary>A stream of ConverseStream: its event <c>metadata</c>, the last, is like a whole answer without its content.</summary>
internal sealed class ConverseStream(BodyReader body, string? model) : LastUsage(body, model)
{
    /// <inheritdoc/>
    public override bool IsFinal => HasKept;

    /// <inheritdoc/>
    protected override bool Read(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        TypeOf(data, out var isObject);
        if (isObject && name.SequenceEqual("metadata"u8))
        {
            Keep(data);
        }
        return isObject;
    }
}
