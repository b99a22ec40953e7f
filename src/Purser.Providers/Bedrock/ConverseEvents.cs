using System.Text.Json;
using Purser.Core.Pricing;
using Purser.Core.Usage;
using Purser.Providers.Anthropic;
using Purser.Providers.Bodies;

namespace Purser.Providers.Bedrock;

/// <summary>What the events of a ConverseStream say, and how far it has come: what is needed to end it as Bedrock would.</summary>
internal sealed class ConverseEvents(UsageReading reading)
{
    private readonly List<Block> open = [];
    private long thinkingBytes;

    /// <summary>A block that has begun and not ended.</summary>
    public readonly record struct Block(long Index, BlockKind Kind);

    /// <summary>Whether the message has begun.</summary>
    public bool Started { get; private set; }

    /// <summary>Whether it has said why it stops.</summary>
    public bool SaidStop { get; private set; }

    /// <summary>Whether a block of text has begun.</summary>
    public bool HadText { get; private set; }

    /// <summary>Whether a tool was called, or something came that isn't known: text may not follow then.</summary>
    public bool HadMoreThanText { get; private set; }

    /// <summary>The index that the next block would have.</summary>
    public long NextIndex { get; private set; }

    /// <summary>The blocks that are open, in the order in which they began.</summary>
    public IReadOnlyList<Block> Open => open;

    /// <summary>The open block of text; null where there is none.</summary>
    public long? OpenText => open.FindLastIndex(block => block.Kind == BlockKind.Text) is >= 0 and var at ? open[at].Index : null;

    /// <summary>Reads an event. False where it's no JSON object.</summary>
    /// <param name="name">Its type.</param>
    /// <param name="data">Its JSON.</param>
    public bool TryRead(ReadOnlySpan<byte> name, ReadOnlySpan<byte> data)
    {
        var reader = new Utf8JsonReader(data, BodyReader.Json);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return false;
        }
        var index = IndexOf(data);
        var before = reading.RelayedOutputBytes;
        if (name.SequenceEqual("contentBlockDelta"u8))
        {
            ReadDelta(index, BodyScan.Member(data, "delta"u8));
        }
        else if (name.SequenceEqual("contentBlockStart"u8))
        {
            Begin(index, BodyScan.Member(data, "start"u8));
        }
        else if (name.SequenceEqual("contentBlockStop"u8))
        {
            Close(index);
        }
        else if (name.SequenceEqual("messageStart"u8))
        {
            Started = true;
        }
        else if (name.SequenceEqual("messageStop"u8))
        {
            SaidStop = true;
            open.Clear();
            reading.StopReason = BodyScan.Text(data, "stopReason"u8) ?? reading.StopReason;
        }
        else if (name.SequenceEqual("metadata"u8))
        {
            ReadUsage(data, reading);
            reading.Terminated = true;
        }
        reading.OutputEvents += reading.RelayedOutputBytes > before ? 1 : 0;
        reading.MayThinkUnseen = !reading.Terminated && !SaidStop && (reading.OutputEvents == 0 || !ShowsAll);
        return true;
    }

    /// <summary>Reads a whole answer but its usage. False where it's no JSON object.</summary>
    public static bool TryReadAnswer(ReadOnlySpan<byte> body, UsageReading reading)
    {
        try
        {
            var reader = new Utf8JsonReader(body, BodyReader.Json);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }
            reading.StopReason = BodyScan.Text(body, "stopReason"u8) ?? reading.StopReason;
            var content = BodyScan.Member(BodyScan.Member(BodyScan.Member(body, "output"u8), "message"u8), "content"u8);
            reading.RelayedOutputBytes += StringBytes(content);
            reading.StructureTokens += UsageReading.ToolCallTokens * (1 + content.Count((byte)'{'));
            return true;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Reads the usage of a whole answer, or of the event <c>metadata</c>.</summary>
    public static void ReadUsage(ReadOnlySpan<byte> body, UsageReading reading)
    {
        var usage = BodyScan.Member(body, "usage"u8);
        if (usage is not [(byte)'{', ..])
        {
            return;
        }
        var read = BodyReader.NewReading();
        Usage.ReadInto(body, model: null, read);
        if (reading.CacheWrites == CacheWriteHint.OneHour && BodyScan.Member(usage, "cacheDetails"u8).IsEmpty)
        {
            // Not split by time to live: the dearest that was asked for.
            var tokens = read.Usage;
            tokens[UsageClass.CacheWrite1h] += tokens[UsageClass.CacheWrite5m];
            tokens[UsageClass.CacheWrite5m] = 0;
            read.Usage = tokens;
        }
        reading.TakeUsage(read);
        reading.Speed = read.Speed ?? reading.Speed;
        reading.SetRaw(usage);
        reading.UsageIsFinal = reading.HasUsage;
    }

    private static ConverseBodyReader Usage { get; } = new();

    private bool ShowsAll => open.Count > 0 && open.TrueForAll(block => block.Kind is BlockKind.Text or BlockKind.Tool);

    private static long IndexOf(ReadOnlySpan<byte> data)
    {
        var text = BodyScan.Member(data, "contentBlockIndex"u8);
        return System.Buffers.Text.Utf8Parser.TryParse(text, out long index, out var used) && used == text.Length
            ? Math.Clamp(index, 0, int.MaxValue)
            : 0;
    }

    private void Begin(long index, ReadOnlySpan<byte> start)
    {
        var isTool = BodyScan.Member(start, "toolUse"u8) is [(byte)'{', ..];
        Add(index, isTool ? BlockKind.Tool : BlockKind.Other);
        reading.RelayedOutputBytes += StringBytes(start);
    }

    private void Add(long index, BlockKind kind)
    {
        Close(index);
        open.Add(new Block(index, kind));
        NextIndex = Math.Max(NextIndex, index + 1);
        HadText |= kind == BlockKind.Text;
        HadMoreThanText |= kind is BlockKind.Tool or BlockKind.Other;
        reading.StructureTokens += kind is BlockKind.Text or BlockKind.Thinking ? UsageReading.PartTokens : UsageReading.ToolCallTokens;
        thinkingBytes = 0;
    }

    private void Close(long index) => open.RemoveAll(block => block.Index == index);

    // A block of text or thinking has no beginning of its own.
    private void ReadDelta(long index, ReadOnlySpan<byte> delta)
    {
        var thought = BodyScan.Member(delta, "reasoningContent"u8);
        if (open.FindIndex(block => block.Index == index) < 0)
        {
            var kind =
                !thought.IsEmpty ? BlockKind.Thinking
                : !BodyScan.Member(delta, "text"u8).IsEmpty ? BlockKind.Text
                : BlockKind.Other;
            Add(index, kind);
        }
        if (BodyScan.Member(thought, "signature"u8) is { IsEmpty: false } signature)
        {
            // It holds the thinking in secret form: it counts as far as less thinking was shown.
            reading.RelayedOutputBytes += Math.Max(0, signature.Length - thinkingBytes);
            return;
        }
        var bytes = StringBytes(delta);
        thinkingBytes += thought.IsEmpty ? 0 : bytes;
        reading.RelayedOutputBytes += bytes;
    }

    /// <summary>The bytes of all strings in a JSON value, as they are written; names of members aren't counted.</summary>
    public static long StringBytes(ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty)
        {
            return 0;
        }
        var bytes = 0L;
        var reader = new Utf8JsonReader(json, BodyReader.Json);
        while (reader.Read())
        {
            bytes += reader.TokenType is JsonTokenType.String or JsonTokenType.Number ? reader.ValueSpan.Length : 0;
        }
        return bytes;
    }
}
