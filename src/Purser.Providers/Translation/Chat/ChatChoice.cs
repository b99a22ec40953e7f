namespace Purser.Providers.Translation.Chat;

/// <summary>By which name a vendor gives reasoning.</summary>
internal enum ReasoningMember
{
    Unknown,
    Content,
    Plain,
}

/// <summary>What a chunk says of a call.</summary>
internal ref struct CallDelta
{
    public long? Index;
    public string? Id;
    public string? Name;
    public bool IsFreeform;
    public ReadOnlySpan<byte> Arguments;
}

/// <summary>A choice of a stream: what of it is open.</summary>
internal sealed class ChatChoice(int index)
{
    public int Index { get; } = index;

    public BlockPart? Text { get; set; }

    public int TextBlock { get; set; }

    public ReasoningMember Reasoning { get; set; }

    public List<ChatCall> Calls { get; } = [];

    public List<ChatCall> Open { get; } = [];

    public bool IsFinished { get; set; }
}

/// <summary>A call of a tool in a stream.</summary>
internal sealed class ChatCall(long index, string id, BlockPart part, int block)
{
    public JsonEnd End;

    public long Index { get; } = index;

    public string Id { get; } = id;

    public BlockPart Part { get; } = part;

    public int Block { get; } = block;

    public bool IsOpen { get; set; } = true;
}
