namespace Purser.Providers.Anthropic;

/// <summary>The events of a stream that begin and end something.</summary>
internal enum MessageEvent
{
    /// <summary>Any other.</summary>
    Other,

    /// <summary><c>message_start</c>.</summary>
    Start,

    /// <summary><c>content_block_start</c>.</summary>
    BlockStart,

    /// <summary><c>content_block_stop</c>.</summary>
    BlockStop,

    /// <summary><c>message_stop</c>.</summary>
    Stop,
}

/// <summary>What a content block holds.</summary>
internal enum BlockKind
{
    /// <summary>What isn't known, or comes in one piece: results of tools, summaries.</summary>
    Other,

    /// <summary>Text for the reader.</summary>
    Text,

    /// <summary>Thinking, shown, summarized or redacted.</summary>
    Thinking,

    /// <summary>A tool's name and arguments.</summary>
    Tool,
}

/// <summary>How far a stream of message events has come: what is needed to end it as its provider would.</summary>
internal sealed class AnthropicBlocks
{
    private readonly List<OpenBlock> open = [];

    /// <summary>A block that has begun and not ended.</summary>
    public readonly record struct OpenBlock(long Index, BlockKind Kind);

    /// <summary>Whether the message has begun.</summary>
    public bool Started { get; private set; }

    /// <summary>Whether the message has said why it stops.</summary>
    public bool SaidStop { get; private set; }

    /// <summary>Whether a tool was called, or something came that isn't known: text may not follow then.</summary>
    public bool HadMoreThanText { get; private set; }

    /// <summary>Whether a block of text has begun.</summary>
    public bool HadText { get; private set; }

    /// <summary>The index that the next block would have.</summary>
    public long NextIndex { get; private set; }

    /// <summary>The blocks that are open, in the order in which they began.</summary>
    public IReadOnlyList<OpenBlock> Open => open;

    /// <summary>Whether all that is open shows what the model writes, as it writes it.</summary>
    public bool ShowsAll => open.Count > 0 && open.TrueForAll(block => block.Kind is BlockKind.Text or BlockKind.Tool);

    /// <summary>An event went by.</summary>
    /// <param name="what">The event.</param>
    /// <param name="index">The block's index, where the event has one.</param>
    /// <param name="kind">What a block that begins holds.</param>
    /// <param name="saysStop">Whether the event has a stop reason.</param>
    public void Note(MessageEvent what, long? index, BlockKind kind, bool saysStop)
    {
        SaidStop |= saysStop;
        switch (what)
        {
            case MessageEvent.Start:
                Started = true;
                break;
            case MessageEvent.BlockStart:
                var place = Math.Clamp(index ?? NextIndex, 0, int.MaxValue);
                open.Add(new OpenBlock(place, kind));
                NextIndex = Math.Max(NextIndex, place + 1);
                HadText |= kind == BlockKind.Text;
                HadMoreThanText |= kind is BlockKind.Tool or BlockKind.Other;
                break;
            case MessageEvent.BlockStop:
                Close(index);
                break;
            default:
                break;
        }
    }

    private void Close(long? index)
    {
        for (var at = open.Count - 1; at >= 0; at--)
        {
            if (index is null || open[at].Index == index)
            {
                open.RemoveAt(at);
                return;
            }
        }
    }

    /// <summary>The open block of text that a delta may be added to; null where there is none.</summary>
    public long? OpenText
    {
        get
        {
            var at = open.FindLastIndex(block => block.Kind == BlockKind.Text);
            return at < 0 ? null : open[at].Index;
        }
    }
}
