using System.Buffers;
using MessagePack;
using Purser.Core.Ledger;
using Purser.Core.Pricing;
using Purser.Core.Usage;

namespace Purser.Gateway.Storage;

/// <summary>
/// Journal entries as they are stored: one MessagePack array each, which any language can read. It begins with the kind and the time;
/// what follows depends on the kind. The usage event comes last, so that whoever only sums money needn't read it.
/// </summary>
internal static class JournalCodec
{
    private const int RequestLength = 16;
    private const int EventLength = 13;
    private const int AmountLength = 8;

    /// <summary>Writes an entry; its number is not part of it.</summary>
    public static void Write(IBufferWriter<byte> buffer, in JournalEntry entry)
    {
        var writer = new MessagePackWriter(buffer);
        writer.WriteArrayHeader(LengthOf(entry.Kind));
        writer.Write((byte)entry.Kind);
        writer.Write(entry.At);
        switch (entry.Kind)
        {
            case JournalKind.Control or JournalKind.Grant or JournalKind.Snapshot:
                writer.Write(entry.Text);
                break;
            case JournalKind.Subject or JournalKind.Route:
                WriteTexts(ref writer, entry.Definition!);
                break;
            default:
                WriteAttempt(ref writer, entry);
                break;
        }

        writer.Flush();
    }

    /// <summary>Reads an entry.</summary>
    /// <param name="seq">Its number.</param>
    /// <param name="body">Its bytes.</param>
    /// <param name="withEvent">Whether its usage event is wanted; without, it's the quicker.</param>
    /// <exception cref="InvalidDataException">The bytes are no entry.</exception>
    public static JournalEntry Read(long seq, ReadOnlyMemory<byte> body, bool withEvent = true)
    {
        try
        {
            return ReadEntry(seq, body, withEvent);
        }
        catch (Exception exception)
            when (exception is MessagePackSerializationException or EndOfStreamException or OverflowException or ArgumentOutOfRangeException
            )
        {
            throw new InvalidDataException($"Entry {seq} of the journal can't be read: {exception.Message}", exception);
        }
    }

    /// <summary>The kind of an entry, without reading the rest of it.</summary>
    public static JournalKind KindOf(ReadOnlySpan<byte> body) => body.Length > 1 ? (JournalKind)body[1] : default;

    /// <summary>Whether entries of a kind have a usage event.</summary>
    public static bool EndsAnAttempt(JournalKind kind) => kind is JournalKind.Post or JournalKind.Void or JournalKind.Refusal;

    private static JournalEntry ReadEntry(long seq, ReadOnlyMemory<byte> body, bool withEvent)
    {
        var reader = new MessagePackReader(body);
        var length = reader.ReadArrayHeader();
        var kind = (JournalKind)reader.ReadByte();
        if (!Enum.IsDefined(kind) || length != LengthOf(kind))
        {
            throw new InvalidDataException($"Entry {seq} of the journal is of an unknown kind or length ({kind}, {length}).");
        }

        var at = reader.ReadInt64();
        var entry = kind switch
        {
            JournalKind.Control or JournalKind.Grant or JournalKind.Snapshot => new JournalEntry
            {
                Seq = seq,
                Kind = kind,
                At = at,
                Text = reader.ReadString(),
            },
            JournalKind.Subject or JournalKind.Route => new JournalEntry
            {
                Seq = seq,
                Kind = kind,
                At = at,
                Definition = ReadTexts(ref reader),
            },
            _ => ReadAttempt(ref reader, seq, kind, at, withEvent),
        };
        return !withEvent || reader.End ? entry : throw new InvalidDataException($"Entry {seq} of the journal has bytes after its end.");
    }

    private static int LengthOf(JournalKind kind) =>
        kind switch
        {
            JournalKind.Extend => 4 + 1,
            JournalKind.Reserve => 4 + 3 + 1,
            JournalKind.Post or JournalKind.Adjust => 4 + 3 + 2,
            JournalKind.Void => 4 + 3 + 1,
            JournalKind.Refusal => 4 + 2 + 1,
            _ => 3,
        };

    private static void WriteAttempt(ref MessagePackWriter writer, in JournalEntry entry)
    {
        writer.WriteBinHeader(RequestLength);
        entry.Attempt.Request.TryWriteBytes(writer.GetSpan(RequestLength), bigEndian: true, out _);
        writer.Advance(RequestLength);
        writer.Write(entry.Attempt.Attempt);
        if (entry.Kind != JournalKind.Extend)
        {
            writer.Write(entry.SubjectId);
            writer.Write(entry.RouteId);
            if (entry.Kind != JournalKind.Refusal)
            {
                writer.Write(entry.AdmittedAt);
            }
        }

        if (entry.Kind is not (JournalKind.Void or JournalKind.Refusal))
        {
            WriteAmount(ref writer, entry.Amount);
        }

        if (entry.Kind == JournalKind.Adjust)
        {
            writer.Write(entry.Text);
        }
        else if (EndsAnAttempt(entry.Kind))
        {
            WriteEvent(ref writer, entry.Event ?? throw new InvalidOperationException($"A {entry.Kind} needs its usage event."));
        }
    }

    private static JournalEntry ReadAttempt(ref MessagePackReader reader, long seq, JournalKind kind, long at, bool withEvent)
    {
        Span<byte> id = stackalloc byte[RequestLength];
        var bytes = reader.ReadBytes() ?? default;
        if (bytes.Length != id.Length)
        {
            throw new InvalidDataException($"Entry {seq} of the journal has no request.");
        }

        bytes.CopyTo(id);
        var attempt = new AttemptId(new Guid(id, bigEndian: true), reader.ReadByte());
        var isNamed = kind != JournalKind.Extend;
        return new JournalEntry
        {
            Seq = seq,
            Kind = kind,
            At = at,
            Attempt = attempt,
            SubjectId = isNamed ? reader.ReadInt64() : 0,
            RouteId = isNamed ? reader.ReadInt64() : 0,
            AdmittedAt = isNamed && kind != JournalKind.Refusal ? reader.ReadInt64() : 0,
            Amount = kind is JournalKind.Void or JournalKind.Refusal ? default : ReadAmount(ref reader),
            Text = kind == JournalKind.Adjust ? reader.ReadString() : null,
            Event = withEvent && EndsAnAttempt(kind) ? ReadEvent(ref reader, attempt) : null,
        };
    }

    private static void WriteAmount(ref MessagePackWriter writer, Amount amount)
    {
        writer.WriteArrayHeader(AmountLength);
        writer.Write(amount.Cost.Nanos);
        writer.Write(amount.Tokens);
        writer.Write(amount.Requests);
        writer.Write(amount.Parts.Input);
        writer.Write(amount.Parts.CacheRead);
        writer.Write(amount.Parts.CacheWrite);
        writer.Write(amount.Parts.Output);
        writer.Write(amount.Parts.Reasoning);
    }

    private static Amount ReadAmount(ref MessagePackReader reader)
    {
        Expect(ref reader, AmountLength);
        return new Amount(new Money(reader.ReadInt64()), reader.ReadInt64(), reader.ReadInt64())
        {
            Parts = new TokenParts(reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64()),
        };
    }

    private static void WriteEvent(ref MessagePackWriter writer, UsageEvent usageEvent)
    {
        writer.WriteArrayHeader(EventLength);
        writer.Write(usageEvent.StartedAt);
        writer.Write((int)usageEvent.Outcome);
        writer.Write(usageEvent.Status);
        writer.Write(usageEvent.Stream);
        writer.Write(usageEvent.ModelServed);
        writer.Write(usageEvent.ProviderRequestId);
        WriteUsage(ref writer, usageEvent.Usage);
        writer.Write(usageEvent.Cost.Nanos);
        writer.Write(usageEvent.Ceiling.Nanos);
        writer.Write((int)usageEvent.Marks);
        writer.Write(usageEvent.TimeToFirstByte);
        writer.Write(usageEvent.Duration);
        writer.Write(usageEvent.Detail);
    }

    // The classes up to the last one of which something was used: most requests have no more than the first few.
    private static void WriteUsage(ref MessagePackWriter writer, in TokenUsage usage)
    {
        var length = TokenUsage.ClassCount;
        while (length > 0 && usage[(UsageClass)(length - 1)] == 0)
        {
            length--;
        }

        writer.WriteArrayHeader(length);
        for (var i = 0; i < length; i++)
        {
            writer.Write(usage[(UsageClass)i]);
        }
    }

    private static UsageEvent ReadEvent(ref MessagePackReader reader, AttemptId attempt)
    {
        Expect(ref reader, EventLength);
        return new UsageEvent
        {
            Attempt = attempt,
            StartedAt = reader.ReadInt64(),
            Outcome = (Outcome)reader.ReadInt32(),
            Status = reader.ReadInt32(),
            Stream = reader.ReadBoolean(),
            ModelServed = reader.ReadString(),
            ProviderRequestId = reader.ReadString(),
            Usage = ReadUsage(ref reader),
            Cost = new Money(reader.ReadInt64()),
            Ceiling = new Money(reader.ReadInt64()),
            Marks = (JournalMarks)reader.ReadInt32(),
            TimeToFirstByte = reader.ReadInt64(),
            Duration = reader.ReadInt64(),
            Detail = reader.ReadString(),
        };
    }

    private static TokenUsage ReadUsage(ref MessagePackReader reader)
    {
        var length = reader.ReadArrayHeader();
        if (length > TokenUsage.ClassCount)
        {
            throw new MessagePackSerializationException("the usage has classes that this version doesn't know");
        }

        var usage = default(TokenUsage);
        for (var i = 0; i < length; i++)
        {
            usage[(UsageClass)i] = reader.ReadInt64();
        }

        return usage;
    }

    private static void WriteTexts(ref MessagePackWriter writer, IReadOnlyList<string?> texts)
    {
        writer.WriteArrayHeader(texts.Count);
        foreach (var text in texts)
        {
            writer.Write(text);
        }
    }

    private static string?[] ReadTexts(ref MessagePackReader reader)
    {
        var texts = new string?[reader.ReadArrayHeader()];
        for (var i = 0; i < texts.Length; i++)
        {
            texts[i] = reader.ReadString();
        }

        return texts;
    }

    private static void Expect(ref MessagePackReader reader, int length)
    {
        if (reader.ReadArrayHeader() != length)
        {
            throw new MessagePackSerializationException("an array has another length");
        }
    }
}
