using System.Buffers;

namespace Purser.Providers.OpenAIResponses;

/// <summary>What an item of a response's output holds.</summary>
internal enum ItemKind : byte
{
    /// <summary>A call of one of the provider's tools, or what isn't known.</summary>
    Other,

    /// <summary>Text for the reader, or a refusal.</summary>
    Message,

    /// <summary>Reasoning: hidden, summarized or shown.</summary>
    Reasoning,

    /// <summary>A call of a function, with arguments in JSON.</summary>
    Function,

    /// <summary>A call of a custom tool, with free text as its input.</summary>
    CustomTool,
}

/// <summary>What a part of an item holds.</summary>
internal enum PartKind : byte
{
    /// <summary><c>output_text</c>.</summary>
    Text,

    /// <summary><c>refusal</c>.</summary>
    Refusal,

    /// <summary><c>reasoning_text</c>, in an item's content.</summary>
    Reasoning,

    /// <summary><c>summary_text</c>, in a reasoning's summary.</summary>
    Summary,

    /// <summary>The arguments of a function, or the input of a custom tool: no part of its own, but a member of the item.</summary>
    Arguments,
}

/// <summary>A part of an item that is being streamed.</summary>
internal sealed class ItemPart(PartKind kind, long index)
{
    private ArrayBufferWriter<byte>? text;

    /// <summary>What it holds.</summary>
    public PartKind Kind => kind;

    /// <summary>Its index in the item's content or summary.</summary>
    public long Index => index;

    /// <summary>The text so far, as it is inside a JSON string: escaped.</summary>
    public ReadOnlySpan<byte> Text => text is null ? default : text.WrittenSpan;

    /// <summary>Whether its text has been said to be whole.</summary>
    public bool TextIsDone { get; set; }

    /// <summary>Whether it has ended.</summary>
    public bool IsDone { get; set; }

    /// <summary>The part as the provider ended it; null until then.</summary>
    public byte[]? Json { get; set; }

    /// <summary>Adds to the text.</summary>
    public void Append(ReadOnlySpan<byte> escaped) => (text ??= new ArrayBufferWriter<byte>()).Write(escaped);
}

/// <summary>An item of a response's output.</summary>
internal sealed class OutputItem(long index, ItemKind kind, string id, byte[] json)
{
    private readonly List<ItemPart> parts = [];

    /// <summary>Its place in the output.</summary>
    public long Index => index;

    /// <summary>What it holds.</summary>
    public ItemKind Kind => kind;

    /// <summary>Its id.</summary>
    public string Id => id;

    /// <summary>The item as it began, or as it ended.</summary>
    public byte[] Json { get; private set; } = json;

    /// <summary>Whether it has ended.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Bytes of it that have been counted as output.</summary>
    public long CountedBytes { get; set; }

    /// <summary>How many searches of the web it has been counted as.</summary>
    public long Searches { get; set; }

    /// <summary>Its parts, in the order in which they began.</summary>
    public IReadOnlyList<ItemPart> Parts => parts;

    /// <summary>The part of this kind and index, which begins now if it's new.</summary>
    public ItemPart Part(PartKind of, long at)
    {
        var part = parts.Find(known => known.Kind == of && known.Index == at);
        if (part is null)
        {
            part = new ItemPart(of, at);
            parts.Add(part);
        }
        return part;
    }

    /// <summary>It ended.</summary>
    public void End(byte[] whole)
    {
        Json = whole;
        IsDone = true;
        parts.Clear();
    }
}

/// <summary>
/// How far a stream of a response's events has come: what is needed to end it as its provider would. The last event repeats the whole output,
/// so it is kept, up to a bound; past it that event has no output.
/// </summary>
internal sealed class OutputItems
{
    private const int MostKept = 16 * 1024 * 1024;

    private readonly List<OutputItem> items = [];
    private long kept;

    /// <summary>The response as it began; null before.</summary>
    public byte[]? Response { get; private set; }

    /// <summary>Whether the response has begun.</summary>
    public bool Started { get; set; }

    /// <summary>The sequence number that the next event has.</summary>
    public long NextNumber { get; set; }

    /// <summary>The items that have begun, in their order.</summary>
    public IReadOnlyList<OutputItem> All => items;

    /// <summary>Whether all of the output so far is here.</summary>
    public bool IsWhole => kept <= MostKept;

    /// <summary>Whether a tool was called, or something came that isn't known: text may not follow then.</summary>
    public bool HadMoreThanText { get; private set; }

    /// <summary>Whether something is open, and all that is shows what the model writes, as it writes it.</summary>
    public bool ShowsAll
    {
        get
        {
            var shows = false;
            foreach (var item in items)
            {
                if (!item.IsDone && item.Kind is ItemKind.Other or ItemKind.Reasoning)
                {
                    return false;
                }
                shows |= !item.IsDone;
            }
            return shows;
        }
    }

    /// <summary>The open part that text may be added to, and its item.</summary>
    public (OutputItem Item, ItemPart Part)? OpenText
    {
        get
        {
            for (var at = items.Count - 1; at >= 0; at--)
            {
                foreach (var part in items[at].Parts)
                {
                    if (part is { Kind: PartKind.Text, TextIsDone: false, IsDone: false })
                    {
                        return (items[at], part);
                    }
                }
            }
            return null;
        }
    }

    /// <summary>The response began.</summary>
    public void Start(ReadOnlySpan<byte> response)
    {
        Started = true;
        if (Response is null && Keep(response.Length))
        {
            Response = response.ToArray();
        }
    }

    /// <summary>An item began.</summary>
    public OutputItem Add(long index, ItemKind kind, string id, ReadOnlySpan<byte> json)
    {
        HadMoreThanText |= kind is not (ItemKind.Message or ItemKind.Reasoning);
        var item = new OutputItem(index, kind, id, Keep(json.Length) ? json.ToArray() : []);
        items.Add(item);
        return item;
    }

    /// <summary>The item at a place of the output; null where none began there.</summary>
    public OutputItem? At(long index)
    {
        var found = items.FindLastIndex(item => item.Index == index);
        return found < 0 ? null : items[found];
    }

    /// <summary>The text of a part goes on.</summary>
    public void Append(ItemPart part, ReadOnlySpan<byte> escaped)
    {
        if (Keep(escaped.Length))
        {
            part.Append(escaped);
        }
    }

    /// <summary>A part ended.</summary>
    public void End(ItemPart part, ReadOnlySpan<byte> json)
    {
        part.IsDone = true;
        part.TextIsDone = true;
        part.Json = Keep(json.Length) ? json.ToArray() : null;
    }

    /// <summary>An item ended.</summary>
    public void End(OutputItem item, ReadOnlySpan<byte> json) => item.End(Keep(json.Length) ? json.ToArray() : []);

    private bool Keep(int bytes)
    {
        kept += bytes;
        return IsWhole;
    }
}
