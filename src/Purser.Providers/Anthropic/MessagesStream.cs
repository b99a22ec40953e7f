using Purser.Providers.Streams;

namespace Purser.Providers.Anthropic;

/// <summary>
/// A stream of message events. It begins with the input's usage and ends with the output's: both are taken over, and the last word is the one
/// that comes with a stop reason.
/// </summary>
internal sealed class MessagesStream : StreamEvents
{
    private readonly AnthropicUsage usage = new();
    private readonly AnthropicBlocks blocks = new();

    /// <inheritdoc/>
    public override bool IsFinal => Reading.UsageIsFinal && Reading.StopReason is not null;

    /// <inheritdoc/>
    protected override bool Read(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        var type = TypeOf(data, out var isObject);
        // What the model writes has no usage in it.
        if (!isObject || type.StartsWith("content_block_"u8) || type.SequenceEqual("ping"u8))
        {
            return isObject;
        }
        return AnthropicAnswer.TryWalk(data, Reading, usage, blocks);
    }
}
